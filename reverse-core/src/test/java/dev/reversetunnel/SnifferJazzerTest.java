package dev.reversetunnel;

import static dev.reversetunnel.SniffRig.ascii;
import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.testkit.BoundedAllocator;
import dev.reversetunnel.testkit.Choices;
import dev.reversetunnel.testkit.Fuzzing;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a visitor says first: judged once, by its bytes and not by where they were cut, with a name that is one or with
 * none; and it comes out as it went in.
 */
class SnifferJazzerTest {
    private static final int LIMIT = 512;
    private static final Sniffing SNIFFING =
            Sniffing.of("http", "tls", "bittorrent").limit(LIMIT);
    private static final Pattern NAME = Pattern.compile("([a-z0-9_-]{1,63}\\.)*[a-z0-9_-]{1,63}|");

    static Stream<byte[]> openings() {
        return Stream.of(
                        ascii("GET / HTTP/1.1\r\nHost: shop.example:80\r\nAccept: */*\r\n\r\n"),
                        ascii("GET http://u@shop.example:80/a?b HTTP/1.1\r\nA: b\r\n c\r\nHost: other\r\n\r\nGET / "),
                        ascii("POST /a HTTP/1.0\r\nContent-Length: 4\r\nHost: [2001:db8::1]:80\r\n\r\nbody"),
                        ascii("CONNECT a.b:1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n0\r\n"),
                        ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                        ascii("\u0013BitTorrent protocol\0\0\0\0"),
                        ascii("SSH-2.0-Go 1\r\n"),
                        Hellos.naming("shop.example"),
                        Hellos.nameless(),
                        Hellos.inRecords(Hellos.naming("shop.example"), 60))
                .map(SnifferJazzerTest::inPieces);
    }

    private static byte[] inPieces(byte[] opening) {
        byte[] input = new byte[1 + opening.length];
        input[0] = 7;
        System.arraycopy(opening, 0, input, 1, opening.length);
        return input;
    }

    @MethodSource("openings")
    @FuzzTest
    void openings(byte[] data) throws Exception {
        Fuzzing.judge(data, (input, buffers) -> {
            Choices choices = new Choices(input);
            int piece = 1 + choices.nextInt(32);
            byte[] said = choices.rest();
            Sniffed told = judged(said, piece, buffers);
            then(told.name()).matches(NAME);
            then(judged(said, Math.max(1, said.length), buffers)).isEqualTo(told);
        });
    }

    private static Sniffed judged(byte[] said, int piece, BoundedAllocator buffers) {
        try (SniffRig rig = new SniffRig(SNIFFING)) {
            rig.channel.config().setAllocator(buffers);
            for (int at = 0; at < said.length; at += piece) {
                rig.says(buffers.input(said, at, Math.min(piece, said.length - at)));
            }
            Sniffed verdict = rig.verdict();
            if (verdict == null) {
                rig.waits(10_000);
                verdict = rig.verdict();
            }
            then(rig.read()).isEqualTo(said);
            then(verdict).isNotNull();
            return verdict;
        }
    }
}
