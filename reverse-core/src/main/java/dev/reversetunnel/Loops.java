package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.epoll.Native;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event loops of a node: its own share of the common group, or one that the application hands in.
 *
 * <p>The only class that knows what differs between Netty 4.1 and 4.2, and whether epoll is there: frameworks pin
 * either Netty over our pom. Classes that may be missing are named in the nested classes only, which are loaded on
 * demand.
 *
 * <p>Epoll of Netty 4.2 takes a socket out of the set when it has nothing to wait for, and then fails to put it back
 * (4.2.18: {@code epoll_ctl} with ENOENT; until 4.2.12 it spun instead). A relay meets that whenever the end of one
 * direction comes while the other one is slow, so our own loops on epoll never let a socket out: see
 * {@link SteadyEpoll}. Netty 4.1 is not affected.
 *
 * <p>All nodes without loops of their own share one group of daemon threads, started by the first and ended by the
 * last.
 */
final class Loops implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Loops.class);

    private static final boolean NETTY_4_2 = isPresent("io.netty.channel.IoHandlerFactory");
    private static final boolean EPOLL = isPresent("io.netty.channel.epoll.Epoll") && EpollOnly.isAvailable();
    private static final Object LOCK = new Object();
    private static @Nullable EventLoopGroup common;
    private static int users;

    private final EventLoopGroup group;
    private final boolean shared;
    private boolean closed;

    private Loops(EventLoopGroup group, boolean shared) {
        this.group = group;
        this.shared = shared;
    }

    /** A share of the common group. */
    static Loops share() {
        synchronized (LOCK) {
            EventLoopGroup group = common;
            if (group == null) {
                group = start(commonThreads());
                common = group;
            }
            users++;
            return new Loops(group, true);
        }
    }

    /** The application's loops, which it ends itself. */
    static Loops given(EventLoopGroup group) {
        if (isEpoll(group.next()) && NETTY_4_2 && !Netty42.isSteady(group.next())) {
            log.warn("epoll of Netty 4.2 resets some connections of which one direction has ended; hand in loops for"
                    + " NIO, or none");
        }
        return new Loops(group, false);
    }

    EventLoopGroup group() {
        return group;
    }

    /** How many event loops a node has that was handed these, or none and so takes part in the common ones. */
    static int threads(@Nullable EventLoopGroup given) {
        return given == null
                ? commonThreads()
                : (int) StreamSupport.stream(given.spliterator(), false).count();
    }

    private static int commonThreads() {
        return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }

    /** Ends the common threads with their last user; waits for that, unless called by one of them. */
    @Override
    public void close() {
        EventLoopGroup last = null;
        synchronized (LOCK) {
            if (closed) {
                return;
            }
            closed = true;
            if (shared && --users == 0) {
                last = common;
                common = null;
            }
        }
        if (last != null) {
            boolean onLoop = isOnLoop(last);
            last.shutdownGracefully(0, 2, TimeUnit.SECONDS);
            if (!onLoop) {
                last.terminationFuture().awaitUninterruptibly(5, TimeUnit.SECONDS);
            }
        }
    }

    static boolean isOnLoop(EventLoopGroup group) {
        for (var executor : group) {
            if (executor.inEventLoop()) {
                return true;
            }
        }
        return false;
    }

    private static EventLoopGroup start(int threads) {
        ThreadFactory factory = new DefaultThreadFactory("reverse-loop", true);
        if (NETTY_4_2) {
            return EPOLL ? Netty42.epoll(threads, factory) : Netty42.nio(threads, factory);
        }
        return EPOLL ? Netty41.epoll(threads, factory) : Netty41.nio(threads, factory);
    }

    /** The class of outgoing connections on a loop. */
    static Class<? extends SocketChannel> socketClass(EventLoop loop) {
        return isEpoll(loop) ? EpollOnly.socket() : NioSocketChannel.class;
    }

    /** The class of listening sockets on a group. */
    static Class<? extends ServerSocketChannel> serverClass(EventLoopGroup group) {
        return isEpoll(group.next()) ? EpollOnly.server() : NioServerSocketChannel.class;
    }

    /** The class of UDP sockets on a loop. */
    static Class<? extends DatagramChannel> datagramClass(EventLoop loop) {
        return isEpoll(loop) ? EpollOnly.datagram() : NioDatagramChannel.class;
    }

    private static boolean isEpoll(EventLoop loop) {
        boolean epoll = EPOLL && (NETTY_4_2 ? Netty42.isEpoll(loop) : Netty41.isEpoll(loop));
        if (!epoll && !(NETTY_4_2 ? Netty42.isNio(loop) : Netty41.isNio(loop))) {
            throw new IllegalArgumentException(
                    "event loops: " + loop.getClass().getName() + " (expected: loops for NIO or for epoll)");
        }
        return epoll;
    }

    /**
     * Bounds what the kernel takes of a tunnel's bytes before it can send them, where that can be set: it would take
     * megabytes of a bulk transfer, behind which everybody else waits. What is on its way is not bounded, so a long way
     * is still filled.
     */
    static void limitUnsent(Channel carrier) {
        if (EPOLL) {
            EpollOnly.limitUnsent(carrier);
        }
    }

    /**
     * What the system knows of a tunnel's TCP connection, whatever protocols lie above it. Asked on its loop.
     *
     * @return null if it tells nothing: without epoll, in memory, or of a carrier that is none of TCP's own
     */
    static @Nullable TcpSigns tcpSigns(Channel carrier) {
        return EPOLL ? EpollOnly.tcpSigns(carrier) : null;
    }

    /**
     * The file descriptor of a socket.
     *
     * @return 0 if it is not known: without epoll, or in memory
     */
    static int descriptor(Channel socket) {
        return EPOLL ? EpollOnly.descriptor(socket) : 0;
    }

    /** Which file descriptor the next socket gets: the lowest that is free. With epoll only. */
    static int nextDescriptor() {
        return EpollOnly.nextDescriptor();
    }

    /** The clock of a loop's timers; that of the system with Netty 4.1. */
    static LongSupplier nanoTime(EventLoop loop) {
        return NETTY_4_2 ? Netty42.nanoTime(loop) : System::nanoTime;
    }

    private static boolean isPresent(String className) {
        try {
            Class.forName(className, false, Loops.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static final class EpollOnly {
        /**
         * Of our choice; the writer is woken at half of it. With 128 KiB bulk costs a tenth more, for no less delay.
         */
        private static final long UNSENT_BYTES = 256 * 1024;

        static boolean isAvailable() {
            return Epoll.isAvailable();
        }

        static void limitUnsent(Channel carrier) {
            if (carrier instanceof EpollSocketChannel) {
                try {
                    carrier.config().setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, UNSENT_BYTES);
                } catch (ChannelException e) {
                    log.debug("{}: closed already, or a kernel without TCP_NOTSENT_LOWAT", carrier, e);
                }
            }
        }

        static @Nullable TcpSigns tcpSigns(Channel carrier) {
            if (!(carrier instanceof EpollSocketChannel socket)) {
                return null;
            }
            try {
                EpollTcpInfo info = socket.tcpInfo();
                return new TcpSigns(
                        Duration.ofMillis(info.lastAckRecv()), info.unacked(), info.retransmits(), info.probes());
            } catch (ChannelException e) {
                log.debug("{}: closed already, or not of TCP", carrier, e);
                return null;
            }
        }

        static int descriptor(Channel socket) {
            return socket instanceof UnixChannel unix ? unix.fd().intValue() : 0;
        }

        static int nextDescriptor() {
            try {
                FileDescriptor next = Native.newEventFd();
                int number = next.intValue();
                next.close();
                return number;
            } catch (ChannelException | IOException e) {
                log.debug("no file descriptor is free", e);
                return Integer.MAX_VALUE;
            }
        }

        static Class<? extends SocketChannel> socket() {
            return EpollSocketChannel.class;
        }

        static Class<? extends ServerSocketChannel> server() {
            return EpollServerSocketChannel.class;
        }

        static Class<? extends DatagramChannel> datagram() {
            return EpollDatagramChannel.class;
        }
    }

    private static final class Netty42 {
        static EventLoopGroup nio(int threads, ThreadFactory factory) {
            return new MultiThreadIoEventLoopGroup(threads, factory, NioIoHandler.newFactory());
        }

        static EventLoopGroup epoll(int threads, ThreadFactory factory) {
            IoHandlerFactory epoll = EpollIoHandler.newFactory();
            return new MultiThreadIoEventLoopGroup(
                    threads, factory, executor -> new SteadyEpoll(epoll.newHandler(executor)));
        }

        static LongSupplier nanoTime(EventLoop loop) {
            Ticker ticker = loop.ticker();
            return ticker::nanoTime;
        }

        static boolean isSteady(EventLoop loop) {
            return ((IoEventLoopGroup) loop).isIoType(SteadyEpoll.class);
        }

        static boolean isNio(EventLoop loop) {
            return loop instanceof IoEventLoop && ((IoEventLoopGroup) loop).isIoType(NioIoHandler.class);
        }

        static boolean isEpoll(EventLoop loop) {
            return loop instanceof IoEventLoop
                    && (((IoEventLoopGroup) loop).isIoType(EpollIoHandler.class)
                            || ((IoEventLoopGroup) loop).isIoType(SteadyEpoll.class));
        }
    }

    /** Netty's epoll, in which a socket that waits for nothing stays, to be told of each error once. */
    private static final class SteadyEpoll implements IoHandler {
        private final IoHandler epoll;

        SteadyEpoll(IoHandler epoll) {
            this.epoll = epoll;
        }

        @Override
        public IoRegistration register(IoHandle handle) throws Exception {
            return new Steady(epoll.register(handle));
        }

        @Override
        public void initialize() {
            epoll.initialize();
        }

        @Override
        public int run(IoHandlerContext context) {
            return epoll.run(context);
        }

        @Override
        public void prepareToDestroy() {
            epoll.prepareToDestroy();
        }

        @Override
        public void destroy() {
            epoll.destroy();
        }

        @Override
        public void wakeup() {
            epoll.wakeup();
        }

        @Override
        public boolean isCompatible(Class<? extends IoHandle> handleType) {
            return epoll.isCompatible(handleType);
        }

        private record Steady(IoRegistration registration) implements IoRegistration {
            @Override
            public long submit(IoOps ops) {
                return registration.submit(EpollIoOps.NONE.equals(ops) ? EpollIoOps.EPOLLET : ops);
            }

            @Override
            @SuppressWarnings("TypeParameterUnusedInFormals") // as Netty declares it
            public <T> T attachment() {
                return registration.attachment();
            }

            @Override
            public boolean isValid() {
                return registration.isValid();
            }

            @Override
            public boolean cancel() {
                return registration.cancel();
            }
        }
    }

    /** Netty 4.1, where loops and what they can do are one class. */
    @SuppressWarnings("deprecation")
    private static final class Netty41 {
        static EventLoopGroup nio(int threads, ThreadFactory factory) {
            return new NioEventLoopGroup(threads, factory);
        }

        static EventLoopGroup epoll(int threads, ThreadFactory factory) {
            return new EpollEventLoopGroup(threads, factory);
        }

        static boolean isNio(EventLoop loop) {
            return loop.parent() instanceof NioEventLoopGroup;
        }

        static boolean isEpoll(EventLoop loop) {
            return loop.parent() instanceof EpollEventLoopGroup;
        }
    }
}
