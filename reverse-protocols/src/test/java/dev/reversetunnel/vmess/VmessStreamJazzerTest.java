package dev.reversetunnel.vmess;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.body.ChunkReader;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.kit.DoorRig;
import dev.reversetunnel.kit.Receiver;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BoundedAllocator;
import dev.reversetunnel.testkit.Choices;
import dev.reversetunnel.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Chunks of either direction and the header of an answer, sealed with the right key and with lengths that need not be:
 * bytes come out, the same wherever the stream was cut, or a declared exception behind them.
 */
class VmessStreamJazzerTest {
    private static final int MAX_CHUNKS = 40;
    private static final VmessSecurity[] SECURITIES = VmessSecurity.values();

    static Stream<byte[]> streams() {
        return IntStream.range(0, 2 * SECURITIES.length * 4).mapToObj(which -> {
            ByteArrayOutputStream input = new ByteArrayOutputStream();
            input.write(which); // direction
            input.write(which / 2); // security
            input.write(new int[] {0x01, 0x05, 0x0d, 0x1d}[which / 2 / SECURITIES.length % 4]);
            input.write(0); // TCP
            input.write(7); // pieces
            input.write(0); // the header of an answer is right
            for (int chunk = 0; chunk < 3; chunk++) {
                input.write(1);
                input.write(0);
                input.write(5);
                input.writeBytes(new byte[] {'h', 'e', 'l', 'l', 'o'});
            }
            input.writeBytes(new byte[] {1, 0, 0});
            return input.toByteArray();
        });
    }

    @MethodSource("streams")
    @FuzzTest
    void streams(byte[] data) throws Exception {
        Fuzzing.judge(data, (input, buffers) -> {
            Choices choices = new Choices(input);
            boolean answer = choices.nextBoolean();
            VmessSecurity security = SECURITIES[choices.nextInt(SECURITIES.length)];
            int options = choices.nextInt(32) | (security.isEncrypted() ? 0 : VmessRequest.CHUNK_STREAM);
            boolean datagrams = choices.nextInt(4) == 1;
            int piece = 1 + choices.nextInt(64);
            VmessRequest request = request(security, options, datagrams);
            ByteArrayOutputStream wire = new ByteArrayOutputStream();
            if (answer) {
                wire.writeBytes(header(request, choices));
            }
            wire.writeBytes(chunks(format(request, answer), choices));
            wire.writeBytes(choices.rest());
            byte[] all = wire.toByteArray();
            List<String> whole = read(request, answer, all, Math.max(1, all.length), buffers);
            List<String> pieces = read(request, answer, all, piece, buffers);
            if (datagrams) {
                then(pieces).isEqualTo(whole);
            } else {
                then(String.join("", pieces)).isEqualTo(String.join("", whole));
            }
        });
    }

    private static VmessRequest request(VmessSecurity security, int options, boolean datagrams) {
        byte[] key = new byte[VmessRequest.KEY_BYTES];
        byte[] iv = new byte[VmessRequest.KEY_BYTES];
        iv[0] = 1;
        return new VmessRequest(
                datagrams ? VmessRequest.Command.UDP : VmessRequest.Command.TCP,
                datagrams ? Destination.udp("192.0.2.1", 53) : Destination.tcp("web", 80),
                security,
                options,
                key,
                iv,
                (byte) 9);
    }

    private static ChunkFormat format(VmessRequest request, boolean answer) {
        return answer ? ChunkFormat.ofResponse(request, null) : ChunkFormat.ofRequest(request, null);
    }

    /** Right, unless the input wants it otherwise. */
    private static byte[] header(VmessRequest request, Choices choices) {
        byte[] header = ResponseHeader.seal(request);
        int flips = choices.nextInt(8);
        for (int i = 0; i < flips && i < 2; i++) {
            header[choices.nextInt(header.length)] ^= (byte) (1 << choices.nextInt(8));
        }
        return header;
    }

    /** Chunks as the input has them: right ones, empty ones, and at last one whose length is anything. */
    static byte[] chunks(ChunkFormat format, Choices choices) {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        ChunkSealer sealer = new ChunkSealer(format, (target, offset, length) -> {}, true);
        byte[] out = new byte[ChunkFormat.MAX_OVERHEAD + (1 << 16)];
        for (int i = 0; i < MAX_CHUNKS && choices.areLeft() && choices.nextInt(4) != 0; i++) {
            byte[] plain = choices.take(choices.nextInt(1 << 16));
            wire.write(out, 0, sealer.seal(plain, 0, plain.length, out, 0));
        }
        sealer.wipe();
        return wire.toByteArray();
    }

    private static List<String> read(
            VmessRequest request, boolean answer, byte[] wire, int piece, BoundedAllocator buffers) {
        // An answer wipes the keys of its request.
        VmessRequest own =
                request(request.security(), request.options(), request.command() == VmessRequest.Command.UDP);
        return answer ? readAnswer(own, wire, piece, buffers) : readChunks(own, wire, piece, buffers);
    }

    private static List<String> readChunks(VmessRequest request, byte[] wire, int piece, BoundedAllocator buffers) {
        List<String> read = new ArrayList<>();
        ChunkReader reader = new ChunkReader(
                new ChunkOpener(ChunkFormat.ofRequest(request, null)), request.command() == VmessRequest.Command.UDP);
        try {
            for (int at = 0; at < wire.length; at += piece) {
                ByteBuf in = buffers.input(wire, at, Math.min(piece, wire.length - at));
                try {
                    for (ByteBuf out = reader.next(in, buffers); out != null; out = reader.next(in, buffers)) {
                        read.add(ByteBufUtil.hexDump(out));
                        out.release();
                    }
                } finally {
                    in.release();
                }
            }
            read.add(reader.hasEnded() ? "end" : reader.isAtBorder() ? "border" : "cut");
        } catch (CarrierException e) {
            read.add(e.reason().toString());
        } finally {
            reader.close();
        }
        return read;
    }

    private static List<String> readAnswer(VmessRequest request, byte[] wire, int piece, BoundedAllocator buffers) {
        List<String> read = new ArrayList<>();
        VmessChunkDecoder chunks = VmessChunkDecoder.of(ChunkFormat.ofResponse(request, null), request, cause -> {});
        Receiver receiver = new Receiver();
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(buffers);
        channel.pipeline().addLast(new VmessResponseDecoder(request, chunks), chunks, receiver);
        for (int at = 0; at < wire.length && channel.isOpen(); at += piece) {
            DoorRig.feed(channel, buffers.input(wire, at, Math.min(piece, wire.length - at)));
        }
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        channel.finishAndReleaseAll();
        if (receiver.failure() != null) {
            then(receiver.failure()).isInstanceOf(CarrierException.class);
            read.add(((CarrierException) receiver.failure()).reason().toString());
        }
        read.add(ByteBufUtil.hexDump(receiver.bytes()));
        read.add(receiver.peers().toString());
        read.add(receiver.cleanEnds() + " ends");
        return read;
    }
}
