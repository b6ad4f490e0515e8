package dev.reversetunnel.body;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.crypto.CryptoScratch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Takes the plain bytes out of chunks. Whole chunks go straight from the incoming buffer through the cipher; only what
 * a read has cut through is kept, in a buffer of the size that is needed.
 */
public final class ChunkReader implements BodyReader {
    /** Chunks of one read burst are put together up to this size: four of 16 KiB. */
    private static final int BURST_BYTES = 64 * 1024;

    private final Opener opener;
    /** Datagrams: each chunk comes out by itself. */
    private final boolean oneByOne;

    /** The size of the chunk whose length is known already; -1 while its length is being read. */
    private int chunkBytes = -1;
    /** The beginning of a length or chunk of which the rest has not come yet. */
    private @Nullable ByteBuf cut;
    /** Found behind bytes that were good, which are handed out first. */
    private @Nullable CarrierException failure;

    private boolean ended;

    /**
     * A reader at the beginning.
     *
     * @param opener knows how the chunks look
     * @param oneByOne whether each chunk comes out by itself, as datagrams do
     */
    public ChunkReader(Opener opener, boolean oneByOne) {
        this.opener = opener;
        this.oneByOne = oneByOne;
    }

    @Override
    public @Nullable ByteBuf next(ByteBuf in, ByteBufAllocator allocator) {
        if (failure != null) {
            throw failure;
        }
        ByteBuf out = null;
        try {
            while (!ended && readLength(in, allocator)) {
                if (out != null && (oneByOne || out.writableBytes() < opener.payload())) {
                    return out;
                }
                byte[] source = CryptoScratch.current().source();
                if (!gather(in, chunkBytes, source, allocator)) {
                    return out;
                }
                chunkBytes = -1;
                out = open(source, out, in, allocator);
            }
            return out;
        } catch (CarrierException e) {
            failure = e;
            if (out != null) {
                return out;
            }
            throw e;
        }
    }

    private boolean readLength(ByteBuf in, ByteBufAllocator allocator) {
        byte[] source = CryptoScratch.current().source();
        while (chunkBytes < 0) {
            if (!gather(in, opener.lengthBytes(), source, allocator)) {
                return false;
            }
            chunkBytes = opener.openLength(source, 0);
        }
        return true;
    }

    private @Nullable ByteBuf open(byte[] source, @Nullable ByteBuf gathered, ByteBuf in, ByteBufAllocator allocator) {
        int payload = opener.payload();
        byte[] plain = CryptoScratch.current().target();
        opener.open(source, 0, plain, 0);
        if (payload == 0) {
            ended = true;
            return gathered;
        }
        ByteBuf out = gathered;
        if (out == null) {
            int more = oneByOne ? 0 : Math.min(in.readableBytes(), BURST_BYTES - payload);
            out = allocator.buffer(payload + Math.max(0, more));
        }
        return out.writeBytes(plain, 0, payload);
    }

    /** Puts the next bytes into {@code target}; keeps them and says no if they have not all come yet. */
    private boolean gather(ByteBuf in, int count, byte[] target, ByteBufAllocator allocator) {
        if (cut == null) {
            if (in.readableBytes() >= count) {
                in.readBytes(target, 0, count);
                return true;
            }
            if (!in.isReadable()) {
                return false;
            }
            cut = allocator.heapBuffer(count, count);
        }
        cut.writeBytes(in, Math.min(count - cut.readableBytes(), in.readableBytes()));
        if (cut.readableBytes() < count) {
            return false;
        }
        cut.readBytes(target, 0, count);
        releaseCut();
        return true;
    }

    @Override
    public boolean hasEnded() {
        return ended;
    }

    @Override
    public boolean isAtBorder() {
        return chunkBytes < 0 && cut == null && failure == null && opener.mayEnd();
    }

    @Override
    public long chunks() {
        return opener.chunks();
    }

    @Override
    public void close() {
        releaseCut();
        opener.wipe();
        ended = true;
    }

    private void releaseCut() {
        if (cut != null) {
            cut.release();
            cut = null;
        }
    }
}
