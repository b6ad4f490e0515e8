package dev.reversetunnel.vmess;

import dev.reversetunnel.vmess.VmessException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads the opening of one connection, then gives way to the handlers of the body.
 *
 * <p>A stranger learns nothing: whatever is wrong, not a byte goes back, what he sends is read and thrown away, and the
 * connection ends with FIN when the time for the handshake is up, counted from its beginning, or when he closes it.
 * There is no number of bytes after which it ends: the servers that have one are recognised by it. Behind TLS it is
 * closed at once, as any server there would do. A peer that has shown a user's key and then makes a mistake is closed
 * at once, too.
 */
final class VmessHandshake extends ChannelInboundHandlerAdapter {
    private final VmessListener listener;
    private final RequestHeaderDecoder header;

    private @Nullable Future<?> deadline;
    private State state = State.WAITING;

    VmessHandshake(VmessListener listener, RequestHeaderDecoder header) {
        this.listener = listener;
        this.header = header;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            begin(ctx);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        begin(ctx);
        ctx.fireChannelActive();
    }

    private void begin(ChannelHandlerContext ctx) {
        if (state != State.WAITING) {
            return;
        }
        state = State.READING;
        listener.arrived(ctx.channel());
        deadline = ctx.executor()
                .schedule(() -> timeIsUp(ctx), listener.handshakeTimeout().toNanos(), TimeUnit.NANOSECONDS);
        ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (state != State.READING || !(message instanceof ByteBuf in)) {
            ReferenceCountUtil.release(message);
            return;
        }
        try {
            RequestHeaderDecoder.Opening opening = header.read(in);
            if (opening == null) {
                in.release();
                return;
            }
            listener.admit(opening.request(), ctx.channel());
            state = State.DONE;
            listener.handOver(opening, ctx.channel(), ctx.name(), () -> giveWay(ctx, in));
        } catch (VmessException e) {
            in.release();
            refuse(ctx, e);
        }
    }

    /** What came behind the header waits in the decoder of the body until somebody reads. */
    private void giveWay(ChannelHandlerContext ctx, ByteBuf rest) {
        if (rest.isReadable()) {
            ctx.fireChannelRead(rest);
        } else {
            rest.release();
        }
        ctx.pipeline().remove(this);
    }

    private void refuse(ChannelHandlerContext ctx, VmessException cause) {
        listener.refused(cause, ctx.channel());
        state = State.SILENT;
        if (cause.reason().isAuthenticated() || ctx.pipeline().get(SslHandler.class) != null) {
            finish(ctx.channel());
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (state != State.DONE) {
            ctx.read();
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE && state != State.DONE) {
            incomplete(ctx, "the peer closed it");
            finish(ctx.channel());
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // The connection broke; that a stranger's did is nobody's business.
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        incomplete(ctx, "it was closed");
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        listener.left(ctx.channel());
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    private void timeIsUp(ChannelHandlerContext ctx) {
        if (!ctx.isRemoved()) {
            incomplete(ctx, "its time was up");
            finish(ctx.channel());
        }
    }

    private void incomplete(ChannelHandlerContext ctx, String why) {
        if (state == State.READING) {
            state = State.SILENT;
            listener.refused(
                    new VmessException(
                            Reason.INCOMPLETE,
                            "opening: " + why + (header.isEmpty() ? " before a byte came" : " before it was complete")),
                    ctx.channel());
        }
    }

    /** Ends a connection with FIN, also if something came that was not read, which a mere close answers with RST. */
    static void finish(Channel channel) {
        boolean isRaw = channel.pipeline().get(SslHandler.class) == null; // TLS has a farewell of its own to send
        if (isRaw && channel instanceof DuplexChannel duplex && channel.isActive()) {
            duplex.shutdownOutput().addListener(ended -> channel.close());
        } else {
            channel.close();
        }
    }

    /** WAITING ▶ READING ▶ DONE; READING ▶ SILENT when the opening is wrong. */
    private enum State {
        WAITING,
        READING,
        SILENT,
        DONE
    }
}
