package dev.reversetunnel.mux;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The options of a session: those of every channel, {@code SO_LINGER}, by which a reset is asked for, and
 * {@code ALLOW_HALF_CLOSURE}, on by default.
 */
final class MuxSessionConfig extends DefaultChannelConfig {
    private final Runnable autoReadCleared;
    private int soLinger = -1;
    private boolean allowHalfClosure = true;

    MuxSessionConfig(Channel session, ByteBufAllocator allocator, Runnable autoReadCleared) {
        super(session);
        this.autoReadCleared = autoReadCleared;
        setAllocator(allocator);
        setAutoRead(false);
    }

    boolean isReset() {
        return soLinger == 0;
    }

    boolean isAllowHalfClosure() {
        return allowHalfClosure;
    }

    void setSoLinger(int seconds) {
        soLinger = seconds;
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), ChannelOption.SO_LINGER, ChannelOption.ALLOW_HALF_CLOSURE);
    }

    @Override
    @SuppressWarnings("unchecked") // as every ChannelConfig of Netty: the option tells the type
    public <T> @Nullable T getOption(ChannelOption<T> option) {
        if (ChannelOption.ALLOW_HALF_CLOSURE.equals(option)) {
            return (T) Boolean.valueOf(allowHalfClosure);
        }
        return ChannelOption.SO_LINGER.equals(option) ? (T) Integer.valueOf(soLinger) : super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (ChannelOption.SO_LINGER.equals(option)) {
            validate(option, value);
            setSoLinger((Integer) value);
            return true;
        }
        if (ChannelOption.ALLOW_HALF_CLOSURE.equals(option)) {
            validate(option, value);
            allowHalfClosure = (Boolean) value;
            return true;
        }
        return super.setOption(option, value);
    }

    @Override
    protected void autoReadCleared() {
        autoReadCleared.run();
    }
}
