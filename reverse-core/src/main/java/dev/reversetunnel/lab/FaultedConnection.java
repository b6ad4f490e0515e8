package dev.reversetunnel.lab;

import dev.reversetunnel.ChannelEnds;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection through a {@link FaultProxy}: two sockets on one event loop, joined. The faults of both directions sit
 * at the client's socket. On that event loop only.
 */
final class FaultedConnection {
    private final SocketChannel client;
    private final Faults toTarget;
    private final Faults fromTarget;
    private final FaultHandler faults;
    private final Consumer<FaultedConnection> gone;
    private final End targetSide = new End(Side.TARGET);
    private final Runnable changed = this::changed;
    private @Nullable SocketChannel target;
    private boolean forgotten;
    private boolean finFromClient;
    private boolean finFromTarget;

    /** Ends that could not be handed on, because the direction was stopped. */
    private boolean clientLeft;

    private boolean targetLeft;

    FaultedConnection(SocketChannel client, Faults toTarget, Faults fromTarget, Consumer<FaultedConnection> gone) {
        this.client = client;
        this.toTarget = toTarget;
        this.fromTarget = fromTarget;
        this.gone = gone;
        faults = new FaultHandler(toTarget, fromTarget, this::end);
        toTarget.listeners().add(changed);
        fromTarget.listeners().add(changed);
        client.pipeline().addLast(faults, new End(Side.CLIENT));
        client.closeFuture().addListener(closed -> ended());
    }

    ChannelHandler targetSide() {
        return targetSide;
    }

    void dialled(boolean connected) {
        if (forgotten) {
            return;
        }
        if (!connected) {
            ChannelEnds.reset(client);
        } else if (client.isOpen()) {
            client.config().setAutoRead(true);
            target().config().setAutoRead(true);
        } else {
            ChannelEnds.reset(target());
        }
    }

    private SocketChannel target() {
        if (target == null) {
            throw new IllegalStateException("not connected to the target yet");
        }
        return target;
    }

    private @Nullable SocketChannel channel(Side side) {
        return side == Side.CLIENT ? client : target;
    }

    // ---- by force ----

    void end(Ending ending) {
        faults.forget();
        forgotten = true;
        endOne(client, ending);
        if (target != null) {
            endOne(target, ending);
        }
    }

    private static void endOne(SocketChannel channel, Ending ending) {
        if (ending == Ending.RESET) {
            ChannelEnds.reset(channel);
        } else if (channel.isActive()) {
            // A socket that is closed with bytes unread sends an RST: this one reads until the other end goes as well.
            if (channel.isInputShutdown()) {
                channel.close();
                return;
            }
            channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
            channel.shutdownOutput();
            channel.config().setAutoRead(true);
        }
    }

    void forget() {
        forgotten = true;
        faults.forget();
        client.config().setAutoRead(true);
        if (target != null) {
            target.config().setAutoRead(true);
        }
    }

    void endIfForgotten() {
        if (forgotten) {
            end(Ending.RESET);
        }
    }

    void halfOpen(Side leaves) {
        forget();
        Channel channel = channel(leaves);
        if (channel != null) {
            ChannelEnds.reset(channel);
        }
    }

    // ---- joined ----

    /** Of what one end has said, or done, the other one hears; unless it must not, or not yet. */
    private void left(Side side) {
        boolean clean = finFromClient && finFromTarget;
        Faults way = side == Side.CLIENT ? toTarget : fromTarget;
        if (forgotten || way.isBlackHole()) {
            forgotten = true;
        } else if (way.isStopped() && !clean) {
            clientLeft |= side == Side.CLIENT;
            targetLeft |= side == Side.TARGET;
        } else {
            Channel other = channel(side == Side.CLIENT ? Side.TARGET : Side.CLIENT);
            if (other != null) {
                ChannelEnds.reset(other);
            }
        }
        ended();
    }

    private void changed() {
        try {
            client.eventLoop().execute(this::leaveLater);
        } catch (RejectedExecutionException e) {
            return; // the proxy was closed
        }
    }

    private void leaveLater() {
        if (clientLeft && !toTarget.isStopped()) {
            clientLeft = false;
            left(Side.CLIENT);
        }
        if (targetLeft && !fromTarget.isStopped()) {
            targetLeft = false;
            left(Side.TARGET);
        }
    }

    private void ended() {
        if (!client.isOpen() && (target == null || !target.isOpen())) {
            toTarget.listeners().remove(changed);
            fromTarget.listeners().remove(changed);
            gone.accept(this);
        }
    }

    private void fin(Side side) {
        finFromClient |= side == Side.CLIENT;
        finFromTarget |= side == Side.TARGET;
        SocketChannel other = channel(side == Side.CLIENT ? Side.TARGET : Side.CLIENT);
        if (other == null) {
            return;
        }
        // Netty throws away what is queued when an output is shut down: wait for it.
        other.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((ChannelFutureListener) written -> {
            if (!forgotten && other.isActive()) {
                other.shutdownOutput().addListener(out -> closeIfOver());
            }
        });
    }

    private void closeIfOver() {
        if (finFromClient && finFromTarget && client.isOutputShutdown() && target().isOutputShutdown()) {
            forgotten = true; // neither has anything to tell the other any more
            client.close();
            target().close();
        }
    }

    /** What is read here is written there. */
    private final class End extends ChannelInboundHandlerAdapter {
        private final Side side;

        End(Side side) {
            this.side = side;
        }

        private @Nullable SocketChannel other() {
            return channel(side == Side.CLIENT ? Side.TARGET : Side.CLIENT);
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            if (side == Side.TARGET) {
                target = (SocketChannel) ctx.channel();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            SocketChannel to = other();
            if (forgotten || to == null) {
                ReferenceCountUtil.release(message);
            } else {
                to.write(message);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            SocketChannel to = other();
            if (!forgotten && to != null) {
                to.flush();
                if (!to.isWritable()) {
                    ctx.channel().config().setAutoRead(false);
                }
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            SocketChannel from = other();
            if (!forgotten && from != null && from.isActive()) {
                from.config().setAutoRead(ctx.channel().isWritable());
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE && !forgotten) {
                fin(side);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            left(side);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close(); // reset by its end; the other one will be as well
        }
    }
}
