package dev.reversetunnel.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** A body whose first bytes came in plain, together with the header. */
public final class ReaderBehind implements BodyReader {
    private byte[] first;
    private final BodyReader rest;

    /**
     * A body.
     *
     * @param first may be empty
     * @param rest what follows
     */
    public ReaderBehind(byte[] first, BodyReader rest) {
        this.first = first;
        this.rest = rest;
    }

    @Override
    public boolean isReady() {
        return first.length > 0 || rest.isReady();
    }

    @Override
    public @Nullable ByteBuf next(ByteBuf in, ByteBufAllocator allocator) {
        if (first.length == 0) {
            return rest.next(in, allocator);
        }
        ByteBuf out = allocator.buffer(first.length).writeBytes(first);
        first = new byte[0];
        return out;
    }

    @Override
    public boolean hasEnded() {
        return first.length == 0 && rest.hasEnded();
    }

    @Override
    public boolean isAtBorder() {
        return rest.isAtBorder();
    }

    @Override
    public long chunks() {
        return rest.chunks();
    }

    @Override
    public void close() {
        first = new byte[0];
        rest.close();
    }
}
