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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Looks names up on a few daemon threads, for the JDK blocks and an event loop must not. The threads end after some
 * seconds without work.
 */
final class Resolver implements AutoCloseable {
    private static final int THREADS = 4;

    /** Of our choice: more look-ups than this in a queue are hopeless within any dial's time-out. */
    private static final int MAX_WAITING = 1_024;

    private static final Pattern NUMBER = Pattern.compile("[0-9]+|0[xX][0-9a-fA-F]*");

    private final NameService names;
    private final ThreadPoolExecutor threads;
    private final Set<Promise<?>> waiting = ConcurrentHashMap.newKeySet();

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
        if (endsInNumber(host)) {
            return loop.newFailedFuture(new UnknownHostException(
                    host + " is no name, and no IP address as it is usually written (expected: such as 192.0.2.1)"));
        }
        Promise<List<InetAddress>> result = loop.newPromise();
        waiting.add(result);
        try {
            threads.execute(() -> lookUp(host, result));
            if (threads.isShutdown()) { // since it was asked: close() may have missed this one
                result.tryFailure(closed());
            }
        } catch (RejectedExecutionException e) {
            result.tryFailure(
                    threads.isShutdown()
                            ? closed()
                            : new TunnelException("name look-ups: " + MAX_WAITING + " are waiting already", e));
        }
        if (result.isDone()) {
            waiting.remove(result);
        }
        return result;
    }

    /**
     * Whether it is meant for an IPv4 address, as browsers decide: {@code 0177.0.0.1}, {@code 127.1},
     * {@code 2130706433} and {@code 0x7f.1} are 127.0.0.1 to some programs and something else to others. The last label
     * of a name is no number (RFC 3696, section 2).
     *
     * @see <a href="https://url.spec.whatwg.org/#ends-in-a-number-checker">URL, ends in a number</a>
     */
    private static boolean endsInNumber(String host) {
        String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        return NUMBER.matcher(name.substring(name.lastIndexOf('.') + 1)).matches();
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
        } finally {
            waiting.remove(result);
        }
    }

    private static TunnelException closed() {
        return new TunnelException("name look-ups: the node is closed");
    }

    /**
     * Fails all look-ups and ends the threads, without waiting: one may hang in the operating system, and its thread is
     * a daemon.
     */
    @Override
    public void close() {
        threads.shutdownNow();
        for (Promise<?> look : waiting) {
            look.tryFailure(closed());
        }
        waiting.clear();
    }
}
