package dev.reversetunnel;

import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The options of a memory channel: those of every channel, and the two of sockets that matter here. */
final class MemoryChannelConfig extends DefaultChannelConfig {
    private final MemoryChannel memory;
    private volatile int soLinger = -1;
    private volatile boolean allowHalfClosure;

    MemoryChannelConfig(MemoryChannel memory) {
        super(memory);
        this.memory = memory;
    }

    boolean isReset() {
        return soLinger == 0;
    }

    boolean isAllowHalfClosure() {
        return allowHalfClosure;
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), ChannelOption.SO_LINGER, ChannelOption.ALLOW_HALF_CLOSURE);
    }

    @Override
    @SuppressWarnings("unchecked") // as every ChannelConfig of Netty: the option tells the type
    public <T> @Nullable T getOption(ChannelOption<T> option) {
        if (ChannelOption.SO_LINGER.equals(option)) {
            return (T) Integer.valueOf(soLinger);
        }
        if (ChannelOption.ALLOW_HALF_CLOSURE.equals(option)) {
            return (T) Boolean.valueOf(allowHalfClosure);
        }
        return super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (ChannelOption.SO_LINGER.equals(option)) {
            validate(option, value);
            soLinger = (Integer) value;
        } else if (ChannelOption.ALLOW_HALF_CLOSURE.equals(option)) {
            validate(option, value);
            allowHalfClosure = (Boolean) value;
        } else {
            return super.setOption(option, value);
        }
        return true;
    }

    @Override
    protected void autoReadCleared() {
        memory.autoReadCleared();
    }
}
