package dev.reversetunnel.lab;

import dev.reversetunnel.ChannelEnds;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import java.nio.channels.ClosedChannelException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts faults on the bytes that pass a place in a pipeline: next to the network they are the network's, further in
 * those of whatever is below. Works on any channel, {@link io.netty.channel.embedded.EmbeddedChannel} and
 * {@link dev.reversetunnel.Transport#memory()} included, and takes its time from the channel's event loop.
 *
 * <pre>{@code
 * Faults read = new Faults().singleBytes();
 * Faults written = new Faults().delay(Duration.ofMillis(40)).resetAfter(100_000);
 * channel.pipeline().addFirst(new FaultHandler(read, written));
 * }</pre>
 *
 * <p>Backpressure is kept in both directions: nothing is delivered that was not asked for, no more is read while a
 * window of bytes waits, and the channel is not writable while one waits to go out. A channel that is closed from the
 * inside loses what has not gone out yet, as sockets do that are reset; who wants it to arrive waits for his write. A
 * direction that is cut or reset closes the channel.
 */
public final class FaultHandler extends ChannelDuplexHandler {
    /** Of our choice: an index of {@link ChannelOutboundBuffer#setUserDefinedWritability} that nobody else here has. */
    private static final int WRITABILITY = 10;

    private final Faults read;
    private final Faults written;
    private final @Nullable Consumer<Ending> ends;
    private @Nullable ReadLine readLine;
    private @Nullable WriteLine writeLine;

    /**
     * For one channel. The same faults may be given to several.
     *
     * @param read what is wrong with what is read
     * @param written what is wrong with what is written
     */
    public FaultHandler(Faults read, Faults written) {
        this(read, written, null);
    }

    /** Somebody else sees to it that a connection is cut or reset. */
    FaultHandler(Faults read, Faults written, @Nullable Consumer<Ending> ends) {
        this.read = read;
        this.written = written;
        this.ends = ends;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        readLine = new ReadLine(ctx);
        writeLine = new WriteLine(ctx);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        ClosedChannelException closed = new ClosedChannelException();
        reads().close(closed);
        writes().close(closed);
        writes().markWritable();
    }

    /** What is read from now on is lost, and what is written. */
    void forget() {
        reads().forget();
        writes().forget();
        reads().moved();
    }

    private ReadLine reads() {
        if (readLine == null) {
            throw new IllegalStateException("this handler is in no pipeline yet");
        }
        return readLine;
    }

    private WriteLine writes() {
        if (writeLine == null) {
            throw new IllegalStateException("this handler is in no pipeline yet");
        }
        return writeLine;
    }

    private void end(ChannelHandlerContext ctx, Ending ending) {
        if (ends != null) {
            ends.accept(ending);
        } else if (ending == Ending.RESET) {
            ChannelEnds.reset(ctx.channel());
        } else {
            ctx.close();
        }
    }

    // ---- what is read ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReadLine line = reads();
        if (line.isCalm() && line.isWanted()) {
            line.passed(message);
            ctx.fireChannelRead(message);
        } else {
            line.take(message, null);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reads().readComplete();
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        reads().read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        ReadLine line = reads();
        boolean isEnd =
                event == ChannelInputShutdownEvent.INSTANCE || event == ChannelInputShutdownReadComplete.INSTANCE;
        if (!isEnd || line.isCalm()) {
            ctx.fireUserEventTriggered(event);
        } else {
            line.take(new End(event), null);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        reads().flush();
        ctx.fireChannelInactive();
    }

    /** An end of the input, which keeps its place behind the bytes. */
    private record End(Object event) {}

    private final class ReadLine extends FaultLine {
        private final ChannelHandlerContext ctx;
        /** Whether somebody inside asked for more. */
        private boolean wanted;
        /** Whether the channel was not asked, because enough is waiting. */
        private boolean owed;

        ReadLine(ChannelHandlerContext ctx) {
            super(read, ctx.executor());
            this.ctx = ctx;
        }

        void read() {
            wanted = true;
            if (!isEmpty()) {
                advance();
            }
            askForMore();
        }

        private void askForMore() {
            if (isFull()) {
                owed = true;
            } else {
                owed = false;
                ctx.read();
            }
        }

        void readComplete() {
            if (isSwallowing()) {
                ctx.read(); // nobody inside will ask, for nothing arrives there
            } else if (isEmpty()) {
                wanted = false;
                ctx.fireChannelReadComplete();
            }
        }

        @Override
        boolean isWanted() {
            return wanted || ctx.channel().config().isAutoRead();
        }

        @Override
        void emit(Object message, @Nullable ChannelPromise promise) {
            if (message instanceof End end) {
                ctx.fireUserEventTriggered(end.event());
                return;
            }
            wanted = false;
            ctx.fireChannelRead(message);
            ctx.fireChannelReadComplete();
        }

        @Override
        void moved() {
            if ((owed || isSwallowing()) && !ctx.isRemoved() && ctx.channel().isActive()) {
                askForMore();
            }
        }

        @Override
        void end(Ending ending) {
            FaultHandler.this.end(ctx, ending);
        }
    }

    // ---- what is written ----

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        WriteLine line = writes();
        if (line.isCalm()) {
            line.passed(message);
            ctx.write(message, promise);
        } else {
            line.take(message, promise);
            line.markWritable();
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        writes().close(new ClosedChannelException());
        ctx.close(promise);
    }

    private final class WriteLine extends FaultLine {
        private final ChannelHandlerContext ctx;
        private boolean full;

        WriteLine(ChannelHandlerContext ctx) {
            super(written, ctx.executor());
            this.ctx = ctx;
        }

        @Override
        boolean isWanted() {
            return true;
        }

        @Override
        void emit(Object message, @Nullable ChannelPromise promise) {
            ctx.writeAndFlush(message, promise == null ? ctx.newPromise() : promise);
        }

        @Override
        void moved() {
            if (!ctx.isRemoved()) {
                markWritable();
            }
        }

        void markWritable() {
            boolean isFull = heldBytes() >= window() || (full && heldBytes() > window() / 2);
            if (isFull != full) {
                full = isFull;
                ChannelOutboundBuffer out = ctx.channel().unsafe().outboundBuffer();
                if (out != null) {
                    out.setUserDefinedWritability(WRITABILITY, !isFull);
                }
            }
        }

        @Override
        void end(Ending ending) {
            FaultHandler.this.end(ctx, ending);
        }
    }
}
