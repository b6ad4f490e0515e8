package dev.reversetunnel;

import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.mux.MuxFrame;
import dev.reversetunnel.mux.MuxFrameDecoder;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A carrier whose other end is the test: it writes frames by hand, reads what is sent, and moves time. */
final class MuxWire extends EmbeddedChannel {
    /** What an end of our own make says first: credit, flags; node; start, tunnels, name. */
    static final String HELLO = "0004 0000 04 01 002a 52545831 00010000 00000000"
            + "0123456789abcdef0123456789abcdef"
            + "0000000000000001 0000 0002 6869";

    private final EmbeddedChannel decoder;

    MuxWire(MuxDialect dialect) {
        decoder = new EmbeddedChannel(new MuxFrameDecoder(dialect));
        config().setAutoRead(false);
        freezeTime();
    }

    void receive(String hex) {
        receive(Hex.bytes(hex));
    }

    void receive(byte[] bytes) {
        writeInbound(PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(bytes));
        runPendingTasks();
    }

    /** Runs what is due, and what that has put into the queue: a task scheduled without delay may ask for a turn. */
    @Override
    public void runPendingTasks() {
        super.runPendingTasks();
        super.runPendingTasks();
    }

    void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            advanceTimeBy(1, TimeUnit.SECONDS);
            runPendingTasks();
        }
    }

    /** The frames sent since the last call; to be released. */
    List<MuxFrame> frames() {
        runPendingTasks();
        for (ByteBuf part = readOutbound(); part != null; part = readOutbound()) {
            decoder.writeInbound(part);
        }
        List<MuxFrame> frames = new ArrayList<>();
        for (MuxFrame frame = decoder.readInbound(); frame != null; frame = decoder.readInbound()) {
            frames.add(frame);
        }
        return frames;
    }

    /** The same as text, such as {@code New[2 tcp:web:80, 5 bytes]}. */
    List<String> sent() {
        List<String> texts = new ArrayList<>();
        for (MuxFrame frame : frames()) {
            texts.add(frame.toString());
            frame.release();
        }
        return texts;
    }

    void end() {
        decoder.finishAndReleaseAll();
        finishAndReleaseAll();
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return new InetSocketAddress("192.0.2.9", 5_555);
    }
}
