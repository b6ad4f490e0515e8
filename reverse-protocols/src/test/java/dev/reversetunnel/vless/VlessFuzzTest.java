package dev.reversetunnel.vless;

import static org.assertj.core.api.BDDAssertions.then;

import com.google.gson.JsonObject;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.crypto.UserId;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Mutations of the golden vectors, the same ones at each run, through the decoders: nothing but a
 * {@link CarrierException} may come out, and no buffer may be left. {@code -Dfuzz.inputs=20000000} makes a long run of
 * it.
 */
class VlessFuzzTest {
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 1_000_000);
    private static final int ALLOWED_BESIDES_INPUT = 64 * 1024;
    private static final int ID_BYTES = 17;

    private static final JsonObject VECTORS = Vectors.load(VlessFuzzTest.class, "vless-headers.json");
    private static final UserSearch USERS = new UserSearch(
            List.of(new VlessUser("known", UserId.of(VECTORS.get("known_user").getAsString()), false)));

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private final Random random = new Random(20260101);

    private static List<byte[]> inputs(String... names) {
        List<byte[]> inputs = new ArrayList<>();
        for (String name : names) {
            for (JsonObject each : Vectors.objects(VECTORS.getAsJsonArray(name))) {
                if (each.has("hex")) {
                    inputs.add(Hex.bytes(each.get("hex").getAsString()));
                }
            }
        }
        return inputs;
    }

    @Test
    void a_header_gives_a_request_or_a_declared_exception() {
        List<byte[]> headers = inputs("requests", "request_decode");
        int requests = 0;
        int refusals = 0;
        int incomplete = 0;
        for (int i = 0; i < INPUTS; i++) {
            // Mostly behind the id: what is wrong before it ends there.
            byte[] header = mutated(headers.get(random.nextInt(headers.size())), i % 10 == 0 ? 0 : ID_BYTES);
            RequestHeaderDecoder decoder = new RequestHeaderDecoder(USERS);
            int cut = random.nextInt(header.length + 1);
            try {
                RequestHeaderDecoder.Opening opening = decoder.read(Unpooled.wrappedBuffer(header, 0, cut));
                if (opening == null) {
                    opening = decoder.read(Unpooled.wrappedBuffer(header, cut, header.length - cut));
                }
                if (opening == null) {
                    incomplete++;
                } else {
                    requests++;
                }
            } catch (CarrierException e) {
                refusals++;
            }
        }

        then(requests).as("requests of %d inputs", INPUTS).isGreaterThan(INPUTS / 100);
        then(refusals).as("refusals of %d inputs", INPUTS).isGreaterThan(INPUTS / 100);
        then(incomplete).as("incomplete ones of %d inputs", INPUTS).isGreaterThan(INPUTS / 100);
    }

    @Test
    void a_response_gives_bytes_or_a_declared_exception() {
        List<byte[]> headers = inputs("responses", "response_decode");
        int[] outcomes = new int[2];
        for (int i = 0; i < INPUTS; i++) {
            byte[] header = mutated(headers.get(random.nextInt(headers.size())), 0);
            EmbeddedChannel channel = new EmbeddedChannel(new VlessResponseDecoder());
            feed(channel, header, outcomes);
        }
        thenAllAreReleased();

        then(outcomes[0]).as("responses without a fault of %d inputs", INPUTS).isGreaterThan(INPUTS / 100);
        then(outcomes[1]).as("responses with a fault of %d inputs", INPUTS).isGreaterThan(INPUTS / 100);
    }

    @Test
    void a_body_gives_datagrams() {
        List<byte[]> bodies = inputs("udp");
        int[] outcomes = new int[2];
        for (int i = 0; i < INPUTS; i++) {
            byte[] body = mutated(bodies.get(random.nextInt(bodies.size())), 0);
            EmbeddedChannel channel = new EmbeddedChannel(new VlessDatagramDecoder(Destination.udp("192.0.2.53", 53)));
            channel.config().setAllocator(allocator);
            feed(channel, body, outcomes);
        }
        thenAllAreReleased();

        then(outcomes).containsExactly(INPUTS, 0);
    }

    private void feed(EmbeddedChannel channel, byte[] wire, int[] outcomes) {
        int cut = random.nextInt(wire.length + 1);
        try {
            if (cut > 0) {
                channel.writeInbound(buffer(wire, 0, cut));
            }
            if (cut < wire.length) {
                channel.writeInbound(buffer(wire, cut, wire.length));
            }
            then(allocator.metric().usedHeapMemory()).isLessThan(2L * wire.length + ALLOWED_BESIDES_INPUT);
            outcomes[0]++;
        } catch (CarrierException e) {
            outcomes[1]++;
        } finally {
            for (Object out = channel.readInbound(); out != null; out = channel.readInbound()) {
                then(out instanceof Datagram datagram ? datagram.content().isReadable() : ((ByteBuf) out).isReadable())
                        .isTrue();
                ReferenceCountUtil.release(out);
            }
            channel.finishAndReleaseAll();
        }
    }

    private ByteBuf buffer(byte[] bytes, int from, int to) {
        return allocator.heapBuffer(to - from).writeBytes(bytes, from, to - from);
    }

    private void thenAllAreReleased() {
        then(allocator.metric().usedHeapMemory()).as("bytes not released").isZero();
    }

    private byte[] mutated(byte[] original, int from) {
        byte[] bytes = original.clone();
        int mutations = random.nextInt(4);
        for (int i = 0; i < mutations && bytes.length > from; i++) {
            int at = from + random.nextInt(bytes.length - from);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes[at] = random.nextBoolean() ? 0 : (byte) 0xff;
                case 3 -> bytes = Arrays.copyOf(bytes, at);
                case 4 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(40));
                default -> bytes[at] = (byte) (bytes[at] + random.nextInt(5) - 2);
            }
        }
        return bytes;
    }
}
