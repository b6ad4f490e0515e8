package dev.reversetunnel;

import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Looks names up on a few daemon threads, for the JDK blocks and an event loop must not. The threads end after some
 * seconds without work.
 */
final class Resolver implements AutoCloseable {
    private static final int THREADS = 4;

    /** Of our choice: more look-ups than this in a queue are hopeless within any dial's time-out. */
    private static final int MAX_WAITING = 1_024;

    private final NameService names;
    private final ThreadPoolExecutor threads;

    Resolver(NameService names) {
        this.names = names;
        threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                5,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(MAX_WAITING),
                new DefaultThreadFactory("reverse-resolver", true));
        threads.allowCoreThreadTimeOut(true);
    }

    /** The addresses of a name; of an IP address at once. */
    Future<List<InetAddress>> resolve(String host, EventLoop loop) {
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal != null) {
            try {
                return loop.newSucceededFuture(List.of(InetAddress.getByAddress(literal)));
            } catch (UnknownHostException e) {
                return loop.newFailedFuture(e);
            }
        }
        Promise<List<InetAddress>> result = loop.newPromise();
        try {
            threads.execute(() -> lookUp(host, result));
        } catch (RejectedExecutionException e) {
            result.setFailure(new TunnelException(
                    threads.isShutdown()
                            ? "name look-ups: the node is closed"
                            : "name look-ups: " + MAX_WAITING + " are waiting already",
                    e));
        }
        return result;
    }

    /** As {@link #resolve(String, EventLoop)}, but fails after some time; the look-up itself cannot be stopped. */
    Future<List<InetAddress>> resolve(String host, EventLoop loop, Duration most) {
        Promise<List<InetAddress>> result = loop.newPromise();
        var impatience = loop.schedule(
                () -> result.tryFailure(new TunnelException("looking up " + host + " takes longer than "
                        + most.toMillis() + " ms; does the name server answer?")),
                most.toMillis(),
                TimeUnit.MILLISECONDS);
        resolve(host, loop).addListener((Future<List<InetAddress>> found) -> {
            impatience.cancel(false);
            if (found.isSuccess()) {
                result.trySuccess(found.getNow());
            } else {
                result.tryFailure(found.cause());
            }
        });
        return result;
    }

    private void lookUp(String host, Promise<List<InetAddress>> result) {
        try {
            List<InetAddress> addresses = List.copyOf(names.lookUp(host));
            if (addresses.isEmpty()) {
                throw new UnknownHostException(host);
            }
            result.trySuccess(addresses);
        } catch (UnknownHostException | RuntimeException e) {
            result.tryFailure(e);
        }
    }

    /** Ends the threads, without waiting: a look-up may hang in the operating system, and its thread is a daemon. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
