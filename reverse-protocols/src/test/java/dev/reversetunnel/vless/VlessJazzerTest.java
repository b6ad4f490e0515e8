package dev.reversetunnel.vless;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.gson.JsonObject;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.crypto.UserId;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BoundedAllocator;
import dev.reversetunnel.testkit.Choices;
import dev.reversetunnel.testkit.Fuzzing;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Headers of requests, headers of answers, and datagrams: whole or in pieces the same comes out, or the same declared
 * exception; a request that was read can be written, and is read again as the same.
 */
class VlessJazzerTest {
    private static final JsonObject VECTORS = Vectors.load(VlessJazzerTest.class, "vless-headers.json");
    private static final UserId USER = UserId.of(VECTORS.get("known_user").getAsString());
    private static final UserSearch USERS = new UserSearch(List.of(new VlessUser("known", USER, false)));
    private static final int KNOWN_BYTES = 17;

    static Stream<byte[]> vectors() {
        return Stream.of(
                        hex("requests", "request_decode").map(header -> "00 07" + header),
                        hex("requests", "request_decode")
                                .filter(header -> header.length() > 2 * KNOWN_BYTES)
                                .map(header -> "01 07" + header.substring(2 * KNOWN_BYTES)),
                        hex("responses", "response_decode").map(header -> "02 07" + header),
                        hex("udp").map(body -> "03 07" + body))
                .flatMap(inputs -> inputs.map(Hex::bytes));
    }

    private static Stream<String> hex(String... names) {
        return Stream.of(names)
                .flatMap(name -> Vectors.objects(VECTORS.getAsJsonArray(name)).stream())
                .filter(vector -> vector.has("hex"))
                .map(vector -> vector.get("hex").getAsString());
    }

    @MethodSource("vectors")
    @FuzzTest
    void headers(byte[] data) throws Exception {
        Fuzzing.judge(data, (input, buffers) -> {
            Choices choices = new Choices(input);
            int what = choices.nextInt(4);
            int piece = 1 + choices.nextInt(32);
            byte[] wire = what == 1 ? behindId(choices.rest()) : choices.rest();
            List<String> whole = read(what, wire, Math.max(1, wire.length), buffers);
            then(read(what, wire, piece, buffers)).isEqualTo(whole);
        });
    }

    /** The version and an id that is known. */
    private static byte[] behindId(byte[] rest) {
        byte[] known = RequestHeader.encode(USER, VlessRequest.mux());
        byte[] header = new byte[KNOWN_BYTES + rest.length];
        System.arraycopy(known, 0, header, 0, KNOWN_BYTES);
        System.arraycopy(rest, 0, header, KNOWN_BYTES, rest.length);
        return header;
    }

    private static List<String> read(int what, byte[] wire, int piece, BoundedAllocator buffers) {
        return switch (what) {
            case 2 -> through(new VlessResponseDecoder(), wire, piece, buffers);
            case 3 -> through(new VlessDatagramDecoder(Destination.udp("192.0.2.53", 53)), wire, piece, buffers);
            default -> request(wire, piece, buffers);
        };
    }

    private static List<String> request(byte[] wire, int piece, BoundedAllocator buffers) {
        RequestHeaderDecoder decoder = new RequestHeaderDecoder(USERS);
        for (int at = 0; at < wire.length; at += piece) {
            ByteBuf in = buffers.input(wire, at, Math.min(piece, wire.length - at));
            try {
                RequestHeaderDecoder.Opening opening = decoder.read(in);
                if (opening != null) {
                    readAgain(opening.request(), buffers);
                    return List.of(opening.request().toString(), "up to " + (at + in.readerIndex()));
                }
            } catch (CarrierException e) {
                return List.of(e.reason().toString());
            } finally {
                in.release();
            }
        }
        return List.of("more");
    }

    private static void readAgain(VlessRequest request, BoundedAllocator buffers) {
        if (request.flow().isEmpty()) {
            ByteBuf in = buffers.input(RequestHeader.encode(USER, request));
            RequestHeaderDecoder.Opening again = new RequestHeaderDecoder(USERS).read(in);
            then(again).isNotNull();
            then(again.request()).isEqualTo(request);
            then(in.isReadable()).isFalse();
            in.release();
        }
    }

    private static List<String> through(ChannelHandler decoder, byte[] wire, int piece, BoundedAllocator buffers) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(buffers);
        channel.pipeline().addLast(decoder);
        List<String> read = new ArrayList<>();
        StringBuilder bytes = new StringBuilder();
        try {
            for (int at = 0; at < wire.length && channel.isOpen(); at += piece) {
                channel.writeInbound(buffers.input(wire, at, Math.min(piece, wire.length - at)));
            }
        } catch (CarrierException e) {
            read.add(e.reason().toString());
        }
        for (Object out = channel.readInbound(); out != null; out = channel.readInbound()) {
            if (out instanceof Datagram datagram) {
                read.add(datagram.peer() + " " + ByteBufUtil.hexDump(datagram.content()));
            } else {
                bytes.append(ByteBufUtil.hexDump((ByteBuf) out));
            }
            ReferenceCountUtil.release(out);
        }
        channel.finishAndReleaseAll();
        read.add(bytes.toString());
        return read;
    }
}
