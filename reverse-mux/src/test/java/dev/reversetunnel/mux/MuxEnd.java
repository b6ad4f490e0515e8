package dev.reversetunnel.mux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/** One end of a tunnel: the mux on a carrier, and what its listener heard. */
final class MuxEnd implements MuxListener {
    final Wire wire = new Wire();
    final MuxConnection mux;
    final List<MuxSession> opened = new ArrayList<>();
    final List<MuxSession> ended = new ArrayList<>();
    final List<MuxException> errors = new ArrayList<>();
    final List<Throwable> failures = new ArrayList<>();
    final List<Long> pongs = new ArrayList<>();
    final List<Boolean> blocked = new ArrayList<>();
    int heard;
    int greeted;
    int drains;
    int closed;
    int dropped;
    int delayed;
    int evicted;
    boolean accepts = true;
    /** What to do with a session before it is registered. */
    Consumer<MuxSession> onAccept = session -> session.pipeline().addLast(new Taker());
    /** What to do with a session that is open. */
    Consumer<MuxSession> onOpen = session -> session.config().setAutoRead(true);

    /** Called when the carrier has failed, before it is closed. */
    Runnable onClosing = () -> {};

    private final EmbeddedChannel decoder = new EmbeddedChannel(new MuxFrameDecoder(MuxDialect.COOL));

    MuxEnd(MuxRole role, MuxOptions options) {
        this(role, options, ByteBufAllocator.DEFAULT);
    }

    MuxEnd(MuxRole role, MuxOptions options, ByteBufAllocator allocator) {
        wire.config().setAllocator(allocator);
        mux = MuxConnection.install(wire, role, options, this, wire::nanos);
        wire.config().setAutoRead(true);
    }

    /** What an end of our own make says of itself. */
    static MuxHello hello(int credit) {
        return new MuxHello(credit, new UUID(1, 2), Instant.ofEpochMilli(3), 0, "test");
    }

    /** The same as a frame. */
    static MuxFrame helloFrame() {
        return new MuxRecord.Hello(hello(MuxHello.DEFAULT_CREDIT)).frame(0, UnpooledByteBufAllocator.DEFAULT);
    }

    static MuxEnd client() {
        return new MuxEnd(MuxRole.CLIENT, MuxOptions.DEFAULT);
    }

    static MuxEnd server() {
        return new MuxEnd(MuxRole.SERVER, MuxOptions.DEFAULT);
    }

    /** The frames arrive, in one burst. */
    void receive(MuxFrame... frames) {
        ByteBuf burst = wire.alloc().buffer();
        for (MuxFrame frame : frames) {
            var encoder = new EmbeddedChannel(new MuxFrameEncoder());
            encoder.writeOutbound(frame);
            for (ByteBuf part = encoder.readOutbound(); part != null; part = encoder.readOutbound()) {
                burst.writeBytes(part);
                part.release();
            }
            encoder.finish();
        }
        receive(burst);
    }

    /** The bytes arrive, in one burst. */
    void receive(ByteBuf burst) {
        wire.writeInbound(burst);
        wire.runPendingTasks();
    }

    /** What was sent since the last call: {@code "New 1 tcp:web:80 'hi'"}. */
    List<String> sent() {
        wire.runPendingTasks();
        List<String> frames = new ArrayList<>();
        for (ByteBuf part = wire.readOutbound(); part != null; part = wire.readOutbound()) {
            decoder.writeInbound(part);
        }
        for (MuxFrame frame = decoder.readInbound(); frame != null; frame = decoder.readInbound()) {
            frames.add(FrameText.of(frame));
            frame.release();
        }
        return frames;
    }

    /** Opens a session with a handler, reading. */
    MuxSession open(String host, ChannelHandler handler) {
        MuxSession session = mux.open(dev.reversetunnel.net.Destination.tcp(host, 80));
        session.pipeline().addLast(handler);
        session.config().setAutoRead(true);
        return session;
    }

    MuxSession open(String host) {
        return open(host, new Taker());
    }

    /** The session that the other side opened last. */
    MuxSession last() {
        return opened.get(opened.size() - 1);
    }

    List<MuxException.Reason> reasons() {
        return errors.stream().map(MuxException::reason).toList();
    }

    /** The carrier ends, and nothing is left of it. */
    void close() {
        decoder.finishAndReleaseAll();
        wire.finishAndReleaseAll();
    }

    static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, java.nio.charset.StandardCharsets.US_ASCII);
    }

    @Override
    public boolean acceptSession(MuxSession session) {
        if (accepts) {
            onAccept.accept(session);
        }
        return accepts;
    }

    @Override
    public void sessionOpened(MuxSession session) {
        opened.add(session);
        onOpen.accept(session);
    }

    @Override
    public void sessionEnded(MuxSession session) {
        ended.add(session);
    }

    @Override
    public void heard(MuxConnection connection) {
        heard++;
    }

    @Override
    public void greeted(MuxConnection connection) {
        greeted++;
    }

    @Override
    public void pong(MuxConnection connection, long roundTripNanos) {
        pongs.add(roundTripNanos);
    }

    @Override
    public void drainAsked(MuxConnection connection) {
        drains++;
    }

    @Override
    public void blockedChanged(MuxConnection connection) {
        blocked.add(connection.isBlocked());
    }

    @Override
    public void openingsDelayed(MuxConnection connection) {
        delayed++;
    }

    @Override
    public void associationEvicted(MuxSession session) {
        evicted++;
    }

    @Override
    public void datagramDropped(MuxConnection connection) {
        dropped++;
    }

    @Override
    public void protocolError(MuxConnection connection, MuxException cause) {
        errors.add(cause);
        onClosing.run();
    }

    @Override
    public void carrierFailed(MuxConnection connection, Throwable cause) {
        failures.add(cause);
        onClosing.run();
    }

    @Override
    public void connectionClosed(MuxConnection connection) {
        closed++;
    }
}
