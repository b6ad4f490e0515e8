package dev.reversetunnel.body;

import dev.reversetunnel.ChannelEnds;
import dev.reversetunnel.OutputShutdown;
import dev.reversetunnel.crypto.CryptoScratch;
import dev.reversetunnel.net.Datagram;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.handler.codec.UnsupportedMessageTypeException;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Plain bytes (or datagrams) to body. Small writes are gathered and sealed in one chunk at the flush, because a chunk
 * costs about as much as 700 bytes; whole chunks are sealed at once, so at most one chunk waits here, unseen by the
 * channel's writability.
 */
public class BodyEncoder extends ChannelOutboundHandlerAdapter implements OutputShutdown {
    private final @Nullable Sealer sealer;

    private @Nullable ChannelHandlerContext context;
    /** Plain bytes that wait for a flush or for more, always on the heap. */
    private @Nullable ByteBuf gathered;
    /** Of the writes whose last byte is in {@link #gathered}. */
    private List<ChannelPromise> promises = new ArrayList<>(4);

    private boolean outputEnded;

    /**
     * An encoder at the beginning of a body.
     *
     * @param sealer knows how the chunks look; null for bytes as they are
     */
    public BodyEncoder(@Nullable Sealer sealer) {
        this.sealer = sealer;
    }

    /**
     * How many chunks were sealed so far.
     *
     * @return the number
     */
    public final long chunks() {
        return sealer == null ? 0 : sealer.chunks();
    }

    @Override
    public final void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public final void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (outputEnded) {
            ReferenceCountUtil.release(message);
            promise.tryFailure(new ChannelOutputShutdownException("the output was shut down"));
        } else if (message instanceof ByteBuf plain) {
            if (sealer == null) {
                ctx.write(plain, promise);
            } else {
                write(ctx, sealer, plain, promise);
            }
        } else if (message instanceof Datagram datagram && sealer != null) {
            write(ctx, sealer, datagram, promise);
        } else {
            ReferenceCountUtil.release(message);
            promise.tryFailure(new UnsupportedMessageTypeException(message, ByteBuf.class, Datagram.class));
        }
    }

    private void write(ChannelHandlerContext ctx, Sealer chunks, ByteBuf plain, ChannelPromise promise) {
        try {
            int waiting = gathered == null ? 0 : gathered.readableBytes();
            int whole = (waiting + plain.readableBytes()) / chunks.maxPayload();
            if (whole > 0) {
                writeWhole(ctx, chunks, plain, whole, promise);
            } else {
                gather(ctx, chunks, plain);
                addPromise(promise);
            }
        } finally {
            plain.release();
        }
    }

    /** Seals as many whole chunks as there are, into one buffer; the rest is gathered. */
    private void writeWhole(
            ChannelHandlerContext ctx, Sealer chunks, ByteBuf plain, int whole, ChannelPromise promise) {
        int most = chunks.maxPayload();
        ByteBuf out = ctx.alloc().buffer(whole * (most + chunks.maxOverhead()));
        byte[] source = CryptoScratch.current().source();
        for (int i = 0; i < whole; i++) {
            int waiting = takeGathered(source);
            plain.readBytes(source, waiting, most - waiting);
            seal(chunks, source, most, out);
        }
        if (plain.isReadable()) {
            List<ChannelPromise> done = takePromises();
            gather(ctx, chunks, plain);
            addPromise(promise);
            ctx.write(out, promiseFor(ctx, done));
        } else {
            addPromise(promise);
            ctx.write(out, promiseFor(ctx, takePromises()));
        }
    }

    private void write(ChannelHandlerContext ctx, Sealer chunks, Datagram datagram, ChannelPromise promise) {
        try {
            ByteBuf plain = datagram.content();
            int size = plain.readableBytes();
            if (size == 0 || size > chunks.maxPayload()) {
                // An empty chunk would be the end, and a larger one breaks the stream at sing-box; datagrams may get
                // lost.
                promise.trySuccess();
                return;
            }
            byte[] source = CryptoScratch.current().source();
            plain.getBytes(plain.readerIndex(), source, 0, size);
            ByteBuf out = ctx.alloc().buffer(size + chunks.maxOverhead());
            seal(chunks, source, size, out);
            addPromise(promise);
            ctx.write(out, promiseFor(ctx, takePromises()));
        } finally {
            datagram.release();
        }
    }

    @Override
    public final void flush(ChannelHandlerContext ctx) {
        writeGathered(ctx);
        ctx.flush();
    }

    @Override
    public final ChannelFuture shutdownOutput() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        if (outputEnded) {
            return ctx.newSucceededFuture();
        }
        writeGathered(ctx);
        outputEnded = true;
        if (sealer != null) {
            byte[] end = CryptoScratch.current().target();
            int size = sealer.sealEnd(end, 0);
            if (sealer.hasEndMark()) {
                return ctx.writeAndFlush(ctx.alloc().buffer(size).writeBytes(end, 0, size));
            }
            if (size > 0) {
                ctx.write(ctx.alloc().buffer(size).writeBytes(end, 0, size));
            }
        }
        return ChannelEnds.shutdownOutputBelow(ctx);
    }

    @Override
    public final boolean endsAlone() {
        boolean bySelf = sealer != null && sealer.hasEndMark();
        return bySelf || context == null || ChannelEnds.endsAloneBelow(context);
    }

    @Override
    public final void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        discard();
        ctx.close(promise);
    }

    @Override
    public final void handlerRemoved(ChannelHandlerContext ctx) {
        discard();
        if (sealer != null) {
            sealer.wipe();
        }
    }

    private void writeGathered(ChannelHandlerContext ctx) {
        if (gathered == null || sealer == null) {
            return;
        }
        byte[] source = CryptoScratch.current().source();
        int size = takeGathered(source);
        ByteBuf out = Unpooled.EMPTY_BUFFER;
        if (size > 0) { // an empty chunk would be the end mark, and a reset behind it would pass for a clean end
            out = ctx.alloc().buffer(size + sealer.maxOverhead());
            seal(sealer, source, size, out);
        }
        ctx.write(out, promiseFor(ctx, takePromises()));
    }

    private static void seal(Sealer chunks, byte[] plain, int size, ByteBuf out) {
        byte[] sealed = CryptoScratch.current().target();
        out.writeBytes(sealed, 0, chunks.seal(plain, 0, size, sealed, 0));
    }

    private void gather(ChannelHandlerContext ctx, Sealer chunks, ByteBuf plain) {
        if (gathered == null) {
            gathered = ctx.alloc().heapBuffer(chunks.maxPayload(), chunks.maxPayload());
        }
        gathered.writeBytes(plain);
    }

    private int takeGathered(byte[] target) {
        if (gathered == null) {
            return 0;
        }
        int size = gathered.readableBytes();
        gathered.readBytes(target, 0, size);
        gathered.release();
        gathered = null;
        return size;
    }

    private void addPromise(ChannelPromise promise) {
        // A write that was cancelled would take the whole chunk with it, and the chunk's number is used up.
        if (!promise.isVoid() && promise.setUncancellable()) {
            promises.add(promise);
        }
    }

    private List<ChannelPromise> takePromises() {
        if (promises.isEmpty()) {
            return List.of();
        }
        List<ChannelPromise> taken = promises;
        promises = new ArrayList<>(4);
        return taken;
    }

    /** One promise for all whose bytes go out together. */
    private static ChannelPromise promiseFor(ChannelHandlerContext ctx, List<ChannelPromise> writes) {
        if (writes.isEmpty()) {
            return ctx.voidPromise();
        }
        if (writes.size() == 1) {
            return writes.get(0);
        }
        ChannelPromise all = ctx.newPromise();
        all.addListener(done -> {
            for (ChannelPromise write : writes) {
                if (done.isSuccess()) {
                    write.trySuccess();
                } else {
                    write.tryFailure(done.cause());
                }
            }
        });
        return all;
    }

    private void discard() {
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
        if (!promises.isEmpty()) {
            ClosedChannelException closed = new ClosedChannelException();
            takePromises().forEach(promise -> promise.tryFailure(closed));
        }
    }
}
