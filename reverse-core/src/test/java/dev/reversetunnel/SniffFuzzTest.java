package dev.reversetunnel;

import static dev.reversetunnel.SniffRig.NOTHING;
import static dev.reversetunnel.SniffRig.ascii;
import static org.assertj.core.api.BDDAssertions.then;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Openings, changed at random and cut anywhere: each is judged once, by its bytes and not by where it was cut, and
 * comes out as it went in. {@code -Dfuzz.inputs=20000000} makes it longer, {@code -Dfuzz.seed=2} different.
 */
class SniffFuzzTest {
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 400_000);
    private static final long SEED = Long.getLong("fuzz.seed", 1);
    private static final Sniffing SNIFFING =
            Sniffing.of("http", "tls", "bittorrent").limit(512);
    private static final Pattern NAME = Pattern.compile("([a-z0-9_-]{1,63}\\.)*[a-z0-9_-]{1,63}|");
    private static final byte[] LIKELY = ascii("\r\n :.@[]/%?#,_-*\0\t\u0001\u0003\u0016\u00ff\u007f19aHhT");

    private static final List<byte[]> SEEDS = List.of(
            ascii("GET / HTTP/1.1\r\nHost: shop.example:80\r\nAccept: */*\r\n\r\n"),
            ascii("GET http://u@shop.example:80/a?b HTTP/1.1\r\nA: b\r\n c\r\nHost: other\r\n\r\nGET / HTTP/1.1\r\n"),
            ascii("POST /a HTTP/1.0\r\nContent-Length: 4\r\nHost: [2001:db8::1]:80\r\n\r\nbody"),
            ascii("CONNECT a.b:1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n0\r\n"),
            ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            ascii("\u0013BitTorrent protocol\0\0\0\0"),
            ascii("SSH-2.0-Go 1\r\n"),
            Hellos.naming("shop.example"),
            Hellos.nameless(),
            Hellos.inRecords(Hellos.naming("shop.example"), 60));

    @Test
    void every_input_is_judged_once_wherever_it_is_cut_and_comes_out_as_it_went_in() {
        Random random = new Random(SEED);
        Map<String, Integer> found = new HashMap<>();
        for (int i = 0; i < INPUTS; i++) {
            byte[] input = mutated(random);
            Sniffed told = SniffRig.found(SNIFFING, pieces(random, input));
            if (!NAME.matcher(told.name()).matches()) {
                throw new AssertionError("input " + i + ", seed " + SEED + ": " + told);
            }
            if (random.nextInt(4) == 0) {
                Sniffed whole = SniffRig.found(SNIFFING, input);
                if (!whole.equals(told)) {
                    throw new AssertionError("input " + i + ", seed " + SEED + ": " + told + ", and whole " + whole);
                }
            }
            found.merge(told.name().isEmpty() ? told.protocol() : told.protocol() + " named", 1, Integer::sum);
        }
        then(found).containsOnlyKeys("http", "http named", "tls", "tls named", "bittorrent", NOTHING.protocol());
        then(found.values()).allSatisfy(count -> then(count).isGreaterThan(INPUTS / 200));
    }

    private static byte[] mutated(Random random) {
        byte[] seed = SEEDS.get(random.nextInt(SEEDS.size()));
        byte[] input = random.nextInt(8) == 0 ? Arrays.copyOf(seed, 1 + random.nextInt(seed.length + 8)) : seed.clone();
        for (int change = random.nextInt(4); change > 0; change--) {
            int at = random.nextInt(random.nextInt(4) == 0 ? Math.min(16, input.length) : input.length);
            input[at] = random.nextBoolean() ? LIKELY[random.nextInt(LIKELY.length)] : (byte) random.nextInt(256);
        }
        return input;
    }

    private static byte[][] pieces(Random random, byte[] input) {
        List<byte[]> pieces = new ArrayList<>();
        int largest = random.nextInt(16) == 0 ? 2 : 1 + random.nextInt(input.length + 1);
        for (int at = 0; at < input.length; ) {
            int length = Math.min(input.length - at, 1 + random.nextInt(largest));
            pieces.add(Arrays.copyOfRange(input, at, at + length));
            at += length;
        }
        return pieces.toArray(byte[][]::new);
    }
}
