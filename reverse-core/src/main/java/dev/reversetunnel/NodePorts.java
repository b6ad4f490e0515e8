package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The inbounds of a node that listen. Any thread. */
final class NodePorts {
    private final Map<String, Channel> listening = new LinkedHashMap<>();

    /**
     * Binds all ports.
     *
     * @param contexts what each inbound gets of its node
     * @param bound is told once, by whoever was last: why some could not be bound; of nobody, if all were
     */
    void start(
            Map<String, Inbound> inbounds,
            BiFunction<String, Inbound, InboundContext> contexts,
            Consumer<List<Throwable>> bound) {
        AtomicInteger left = new AtomicInteger(inbounds.size());
        List<Throwable> failures = new ArrayList<>();
        if (inbounds.isEmpty()) {
            bound.accept(failures);
        }
        inbounds.forEach((tag, inbound) -> start(inbound, contexts.apply(tag, inbound))
                .addListener((Future<Channel> done) -> {
                    synchronized (listening) {
                        if (done.isSuccess()) {
                            listening.put(tag, done.getNow());
                        } else {
                            failures.add(named(tag, done.cause()));
                        }
                    }
                    if (left.decrementAndGet() == 0) {
                        bound.accept(failures);
                    }
                }));
    }

    private static Future<Channel> start(Inbound inbound, InboundContext context) {
        try {
            return inbound.start(context);
        } catch (RuntimeException e) {
            return ImmediateEventExecutor.INSTANCE.newFailedFuture(e);
        }
    }

    private static Throwable named(String tag, Throwable cause) {
        return cause instanceof TunnelException
                ? new TunnelException("inbound \"" + tag + "\": " + cause.getMessage(), cause)
                : new TunnelException("inbound \"" + tag + "\" does not start: " + cause, cause);
    }

    /** Where an inbound listens. */
    InetSocketAddress address(String tag) {
        synchronized (listening) {
            Channel channel = listening.get(tag);
            if (channel == null) {
                throw new IllegalArgumentException(
                        "inbound: \"" + tag + "\" (expected: one of " + listening.keySet() + ")");
            }
            return (InetSocketAddress) channel.localAddress();
        }
    }

    /** Takes nobody any more. */
    void close(boolean mayWait) {
        List<Channel> open;
        synchronized (listening) {
            open = List.copyOf(listening.values());
        }
        for (Channel channel : open) {
            ChannelFuture done = channel.close();
            if (mayWait) {
                done.awaitUninterruptibly(5, TimeUnit.SECONDS);
            }
        }
    }

    /** Where they listen. */
    @Override
    public String toString() {
        synchronized (listening) {
            return listening.entrySet().stream()
                    .map(entry ->
                            entry.getKey() + " at " + where(entry.getValue().localAddress()))
                    .collect(Collectors.joining(", "));
        }
    }

    private static String where(SocketAddress address) {
        return address instanceof InetSocketAddress inet ? NetUtil.toSocketAddressString(inet) : address.toString();
    }
}
