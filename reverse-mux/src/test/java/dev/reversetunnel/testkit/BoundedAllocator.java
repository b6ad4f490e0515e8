package dev.reversetunnel.testkit;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;

/**
 * Gives buffers to a decoder that is tried with broken input: knows how many are open, and how much they held at most.
 * For one thread. All of its buffers are on the heap, those that are asked to be direct as well.
 */
public final class BoundedAllocator extends AbstractByteBufAllocator {
    /** What a decoder may hold beyond the bytes that came. */
    public static final int ALLOWED_BESIDES_INPUT = 64 * 1024;

    private long allowed = ALLOWED_BESIDES_INPUT;
    private long held;
    private long most;
    private int open;

    /** No input has come yet. */
    public BoundedAllocator() {
        super(false);
    }

    /** The bytes as they came from the network; they count as input, not as what is held. */
    public ByteBuf input(byte[] bytes) {
        return input(bytes, 0, bytes.length);
    }

    /** Some of the bytes as they came from the network. */
    public ByteBuf input(byte[] bytes, int from, int length) {
        allowed += length;
        byte[] copy = new byte[length];
        System.arraycopy(bytes, from, copy, 0, length);
        return new Input(copy);
    }

    /** The test itself makes buffers of so many bytes. */
    public void allow(int bytes) {
        allowed += bytes;
    }

    /** Fails if more was held at a time than the input, and {@link #ALLOWED_BESIDES_INPUT}. */
    public void thenNoMoreWasHeldThanCame() {
        if (most > allowed) {
            throw new AssertionError(most + " bytes were held (expected: at most " + allowed + ")");
        }
    }

    /** Fails if a buffer is open. */
    public void thenAllIsReleased() {
        if (open != 0 || held != 0) {
            throw new AssertionError(open + " buffers with " + held + " bytes are still open");
        }
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return new Counted(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return new Counted(initialCapacity, maxCapacity);
    }

    private void hold(int bytes) {
        held += bytes;
        if (held > most) {
            most = held;
        }
    }

    private final class Counted extends UnpooledHeapByteBuf {
        Counted(int initialCapacity, int maxCapacity) {
            super(BoundedAllocator.this, initialCapacity, maxCapacity);
            open++;
        }

        @Override
        protected byte[] allocateArray(int initialCapacity) {
            hold(initialCapacity);
            return super.allocateArray(initialCapacity);
        }

        @Override
        protected void freeArray(byte[] array) {
            held -= array.length;
        }

        @Override
        protected void deallocate() {
            super.deallocate();
            open--;
        }
    }

    private final class Input extends UnpooledHeapByteBuf {
        Input(byte[] bytes) {
            super(BoundedAllocator.this, bytes, bytes.length);
            open++;
        }

        @Override
        protected void deallocate() {
            super.deallocate();
            open--;
        }
    }
}
