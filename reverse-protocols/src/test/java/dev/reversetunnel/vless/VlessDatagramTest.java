package dev.reversetunnel.vless;

import static org.assertj.core.api.BDDAssertions.then;

import com.google.gson.JsonObject;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VlessDatagramTest {
    private static final Destination TARGET = Destination.udp("192.0.2.53", 53);
    private static final Destination OTHER = Destination.udp("198.51.100.1", 5);
    private static final List<JsonObject> VECTORS = Vectors.objects(
            Vectors.load(VlessDatagramTest.class, "vless-headers.json").getAsJsonArray("udp"));

    private static JsonObject vector(String name) {
        return VECTORS.stream()
                .filter(each -> each.get("name").getAsString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static final int AS_XRAY = 8_190;

    private static String encode(int longest, byte[]... payloads) {
        EmbeddedChannel channel = new EmbeddedChannel(new VlessDatagramEncoder(longest));
        for (byte[] payload : payloads) {
            ChannelFuture written = channel.write(new Datagram(OTHER, Unpooled.wrappedBuffer(payload)));
            channel.flush();
            then(written.isSuccess())
                    .as("a datagram that is dropped is no failure")
                    .isTrue();
        }
        StringBuilder wire = new StringBuilder();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            wire.append(Hex.of(out));
            out.release();
        }
        channel.finishAndReleaseAll();
        return wire.toString();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void writes_datagrams_as_a_real_peer_and_leaves_empty_ones_out() {
        then(encode(AS_XRAY, text("one"), text(""), text("three")))
                .isEqualTo(vector("three-datagrams-second-empty").get("hex").getAsString());
    }

    @Test
    void writes_no_larger_datagram_than_a_real_peer() {
        JsonObject largest = vector("largest-8190");
        then(encode(AS_XRAY, new byte[8_190]))
                .hasSize(2 * largest.get("length").getAsInt())
                .startsWith(largest.get("hex_prefix").getAsString().substring(0, 4));
        then(vector("too-large-8191").get("frames_written").getAsInt()).isZero();
        then(encode(AS_XRAY, new byte[8_191])).isEmpty();
    }

    @Test
    void writes_by_default_what_v2ray_does_not_split() {
        int longest = VlessDatagramEncoder.DEFAULT_LONGEST;

        then(encode(longest, new byte[2_048])).hasSize(2 * (2 + 2_048));
        then(encode(longest, new byte[2_049])).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 100_000})
    void reads_datagrams_however_the_stream_is_cut(int size) {
        byte[] wire =
                Hex.bytes("0003 6f6e65 | 0000 | 0005 7468726565 | ffff " + "aa".repeat(65_535) + " | 0009 637574");
        EmbeddedChannel channel = new EmbeddedChannel(new VlessDatagramDecoder(TARGET));
        for (int at = 0; at < wire.length; at += size) {
            channel.writeInbound(Unpooled.wrappedBuffer(wire, at, Math.min(size, wire.length - at)));
        }
        channel.finish();

        List<Datagram> datagrams = new ArrayList<>();
        for (Datagram datagram = channel.readInbound(); datagram != null; datagram = channel.readInbound()) {
            datagrams.add(datagram);
        }
        then(datagrams.stream().map(Datagram::peer).distinct()).containsExactly(TARGET);
        then(datagrams.stream()
                        .map(datagram -> datagram.content().readableBytes())
                        .collect(Collectors.toList()))
                .containsExactly(3, 5, 65_535);
        then(datagrams.get(1).content().toString(StandardCharsets.US_ASCII)).isEqualTo("three");
        datagrams.forEach(Datagram::release);
    }

    @Test
    void takes_nothing_but_datagrams() {
        EmbeddedChannel channel = new EmbeddedChannel(new VlessDatagramEncoder(AS_XRAY));

        ChannelFuture refused = channel.writeAndFlush(Hex.buffer("00"));
        ChannelFuture asked = channel.writeAndFlush(Unpooled.EMPTY_BUFFER);

        then(refused.cause()).isNotNull();
        then(asked.isSuccess()).as("a question whether everything is out").isTrue();
        channel.finishAndReleaseAll();
    }
}
