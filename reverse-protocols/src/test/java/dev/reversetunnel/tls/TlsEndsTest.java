package dev.reversetunnel.tls;

import static dev.reversetunnel.tls.Certificates.SERVER;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.ChannelEnds;
import dev.reversetunnel.layer.LayerRig;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** How connections end, with the JDK's own sockets at the other end. What they see is what counts. */
@ParameterizedClass(name = "{0}")
@EnumSource
class TlsEndsTest {
    /** Ours. */
    enum Kind {
        JDK_1_2(TlsEngine.JDK, TlsVersion.TLS_1_2),
        JDK_1_3(TlsEngine.JDK, TlsVersion.TLS_1_3),
        NATIVE_1_2(TlsEngine.NATIVE, TlsVersion.TLS_1_2),
        NATIVE_1_3(TlsEngine.NATIVE, TlsVersion.TLS_1_3);

        private final TlsEngine engine;
        private final TlsVersion version;

        Kind(TlsEngine engine, TlsVersion version) {
            this.engine = engine;
            this.version = version;
        }

        /** Whether we may still write when the other end has ended its output. */
        boolean writesOn() {
            return this == JDK_1_3;
        }
    }

    private static final byte[] MUCH = new byte[16 << 20];

    @Parameter
    Kind kind = Kind.JDK_1_3;

    private final LayerRig rig = new LayerRig();

    @AfterEach
    void close() {
        rig.close();
    }

    /** A stranger's connection, and our end of it. */
    private final class Pair implements AutoCloseable {
        final Socket tcp;
        final SSLSocket stranger;
        final LayerRig.Taken ours;

        Pair() throws Exception {
            int port =
                    rig.listen(Certificates.server(SERVER).engine(kind.engine).versions(kind.version));
            SSLContext context = Certificates.jdk(SERVER);
            tcp = new Socket(InetAddress.getLoopbackAddress(), port);
            tcp.setSoTimeout(20_000);
            stranger = (SSLSocket) context.getSocketFactory().createSocket(tcp, "localhost", port, false);
            stranger.startHandshake();
            ours = rig.accepted();
            then(ours.seen().next()).isEqualTo("active");
        }

        void sends(String text) throws IOException {
            stranger.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        String reads() throws IOException {
            return new String(stranger.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }

        @Override
        public void close() throws IOException {
            tcp.close();
        }
    }

    @Test
    void a_farewell_is_the_clean_end_of_the_input() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.reads();
            pair.sends("all of it");
            pair.stranger.shutdownOutput(); // its close() would wait for ours

            then(pair.ours.seen().next()).isEqualTo("clean end");
            then(pair.ours.seen().text()).isEqualTo("all of it");
            pair.ours.channel().close().sync();
            then(pair.ours.seen().next()).isEqualTo("inactive");
        }
    }

    @Test
    void a_connection_that_ends_without_a_farewell_was_cut() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.reads();
            pair.sends("half of it");
            await().untilAsserted(() -> then(pair.ours.seen().text()).isEqualTo("half of it"));
            pair.tcp.shutdownOutput();

            then(pair.ours.seen().next()).startsWith("failed: the connection was cut");
            then(pair.ours.seen().next()).isEqualTo("inactive");
            thenThrownBy(pair::reads).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_reset_is_no_clean_end() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.reads();
            pair.sends("half of it");
            await().untilAsserted(() -> then(pair.ours.seen().text()).isEqualTo("half of it"));
            pair.tcp.setSoLinger(true, 0);
            pair.tcp.close();

            then(pair.ours.seen().next()).startsWith("failed: ");
            then(pair.ours.seen().next()).isEqualTo("inactive");
        }
    }

    @Test
    void a_record_that_was_tampered_with_is_a_cut() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.reads();
            // Two of them: of the first one BoringSSL's engine tells the other end only.
            pair.tcp.getOutputStream().write(HexFormat.of().parseHex(("170303003b" + "00".repeat(59)).repeat(2)));

            then(pair.ours.seen().next()).startsWith("failed: ");
            then(pair.ours.seen().next()).isEqualTo("inactive");
            thenThrownBy(pair::reads).isInstanceOf(IOException.class);
        }
    }

    @Test
    void our_reset_is_seen_as_one() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.write("half of it");
            ChannelEnds.reset(pair.ours.channel());

            thenThrownBy(pair::reads).isInstanceOf(IOException.class);
            then(pair.ours.seen().next())
                    .as("no end of the input that nobody has told")
                    .isEqualTo("inactive");
        }
    }

    @Test
    void whoever_closes_a_connection_does_not_hear_that_the_other_end_has_ended() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.reads();
            pair.sends("half of it");
            await().untilAsserted(() -> then(pair.ours.seen().text()).isEqualTo("half of it"));
            pair.ours.channel().close().sync();

            then(pair.ours.seen().next()).isEqualTo("inactive");
            then(pair.ours.seen().now()).isEqualTo("nothing");
        }
    }

    @Test
    void our_reset_behind_what_was_written_is_seen_as_one() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.channel().write(Unpooled.wrappedBuffer(MUCH));
            ChannelEnds.resetAfterFlush(pair.ours.channel());

            thenThrownBy(pair::reads).isInstanceOf(IOException.class);
        }
    }

    @Test
    void our_clean_end_comes_behind_all_that_was_written() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.channel().write(Unpooled.wrappedBuffer(MUCH));
            ChannelEnds.closeAfterFlush(pair.ours.channel());

            then(pair.reads()).hasSize(MUCH.length);
        }
    }

    @Test
    void our_output_ends_and_we_read_on() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.reads();
            pair.ours.channel().write(Unpooled.wrappedBuffer(MUCH));
            ChannelEnds.shutdownOutput(pair.ours.channel());
            if (kind.version == TlsVersion.TLS_1_3) {
                then(pair.reads()).hasSize(MUCH.length);
            } else {
                then(pair.stranger.getInputStream().readNBytes(MUCH.length)).hasSize(MUCH.length);
            }
            for (int i = 0; i < 3; i++) {
                pair.sends("late answer.");
                int expected = (i + 1) * 12;
                await().untilAsserted(() -> then(pair.ours.seen().bytes()).isEqualTo(expected));
            }
            then(pair.ours.seen().now()).as("no end that nobody has told").isEqualTo("nothing");
            pair.stranger.close();

            then(pair.ours.seen().next()).isEqualTo("clean end");
            ChannelEnds.closeAfterFlush(pair.ours.channel());
            then(pair.ours.seen().next()).isEqualTo("inactive");
        }
    }

    @Test
    void their_output_ends_and_we_write_on_or_they_see_that_something_is_lost() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.reads();
            pair.sends("question");
            pair.stranger.shutdownOutput();
            then(pair.ours.seen().next()).isEqualTo("clean end");

            pair.ours.onLoop(() -> {
                ChannelEnds.resetAfterFlush(pair.ours.channel()); // as for a relay: what is cut from now on is a reset
                pair.ours.write("answer");
            });
            if (!kind.writesOn()) {
                thenThrownBy(pair::reads).isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void an_answer_to_a_half_closed_question_is_whole_or_a_reset() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.reads();
            pair.sends("question");
            pair.stranger.shutdownOutput();
            then(pair.ours.seen().next()).isEqualTo("clean end");
            pair.ours.write("answer");
            ChannelEnds.closeAfterFlush(pair.ours.channel());

            if (kind.writesOn()) {
                then(pair.reads()).isEqualTo("answer");
            } else {
                thenThrownBy(pair::reads).isInstanceOf(IOException.class);
                then(pair.ours.seen().next()).startsWith("failed: the other end has closed");
            }
            then(pair.ours.seen().next()).isEqualTo("inactive");
        }
    }

    @Test
    void both_ends_are_clean_when_there_is_no_answer() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.reads();
            pair.sends("question");
            pair.stranger.shutdownOutput();
            then(pair.ours.seen().next()).isEqualTo("clean end");
            ChannelEnds.closeAfterFlush(pair.ours.channel());

            then(pair.reads()).isEmpty();
            then(pair.ours.seen().next()).isEqualTo("inactive");
        }
    }

    @Test
    void an_answer_that_was_written_before_the_end_arrives_whole() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.reads();
            pair.ours.onLoop(() -> pair.ours.channel().writeAndFlush(Unpooled.wrappedBuffer(MUCH)));
            pair.stranger.shutdownOutput();
            then(pair.ours.seen().next()).isEqualTo("clean end");
            ChannelEnds.shutdownOutput(pair.ours.channel());

            then(pair.reads()).hasSize(MUCH.length);
            pair.ours.channel().close().sync();
        }
    }

    @Test
    void a_reader_that_stops_stops_the_sender() throws Exception {
        try (Pair pair = new Pair()) {
            pair.ours.reads();
            pair.sends("x");
            await().untilAsserted(() -> then(pair.ours.seen().bytes()).isEqualTo(1));
            pair.ours.onLoop(() -> pair.ours.channel().config().setAutoRead(false));
            Thread sender = new Thread(() -> {
                try {
                    pair.stranger.getOutputStream().write(MUCH);
                } catch (IOException e) {
                    // the test is over
                }
            });
            sender.start();
            await().during(Duration.ofMillis(300))
                    .untilAsserted(() -> then(pair.ours.seen().bytes()).isLessThan(128 * 1024));
            then(sender.isAlive()).isTrue();

            pair.ours.reads();
            await().untilAsserted(() -> then(pair.ours.seen().bytes()).isEqualTo(1L + MUCH.length));
            sender.join();
        }
    }

    @Test
    void a_stranger_that_does_not_read_makes_us_wait() throws Exception {
        try (Pair pair = new Pair()) {
            Channel ours = pair.ours.channel();
            pair.ours.onLoop(() -> {
                int writes = 0;
                while (ours.isWritable() && writes++ < 10_000) {
                    ours.writeAndFlush(Unpooled.wrappedBuffer(new byte[64 * 1024]));
                }
            });
            then(ours.isWritable()).isFalse();
            InputStream in = pair.stranger.getInputStream();
            Thread reader = new Thread(() -> {
                try {
                    in.transferTo(OutputStream.nullOutputStream());
                } catch (IOException e) {
                    // the test is over
                }
            });
            reader.start();
            await().until(ours::isWritable);
            ChannelEnds.closeAfterFlush(ours);
            reader.join();
        }
    }

    @Test
    void nothing_is_given_out_before_somebody_reads() throws Exception {
        try (Pair pair = new Pair()) {
            pair.sends("early");
            pair.stranger.shutdownOutput();
            pair.ours.channel().eventLoop().submit(() -> {}).sync();
            then(pair.ours.seen().text()).isEmpty();
            then(pair.ours.seen().now()).isEqualTo("nothing");

            pair.ours.reads();
            then(pair.ours.seen().next()).isEqualTo("clean end");
            then(pair.ours.seen().text()).isEqualTo("early");
        }
    }
}
