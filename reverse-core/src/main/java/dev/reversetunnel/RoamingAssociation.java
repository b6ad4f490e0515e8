package dev.reversetunnel;

import dev.reversetunnel.mux.ByteBudget;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.net.Datagram;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One association that moves from session to session. It lives on the loop of the first; the others may run on other
 * loops.
 */
final class RoamingAssociation {
    /** Of our choice: datagrams between two loops; what comes beyond is late. */
    private static final int MAX_UNDER_WAY = 64;

    private final EventLoop home;
    private final Duration patience;
    private final AssociationChannel channel;
    private final DatagramQueue answers;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile @Nullable MuxSession attached;
    private @Nullable Future<?> end;

    /**
     * Opens it, on its loop.
     *
     * @param patience how long it stays when nothing is attached
     * @param memory of which answers that wait are a part
     */
    RoamingAssociation(EventLoop home, Duration patience, ByteBudget memory) {
        this.answers = new DatagramQueue(memory);
        this.home = home;
        this.patience = patience;
        this.channel = AssociationChannel.open(home, this::answer);
        channel.closeFuture().addListener(closed -> closed());
    }

    AssociationChannel channel() {
        return channel;
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    boolean isAttached() {
        return attached != null;
    }

    void close() {
        channel.close();
    }

    private void atHome(Runnable task) {
        if (home.inEventLoop()) {
            task.run();
        } else {
            home.execute(task);
        }
    }

    /** The session carries it from now on; the one that did before is ended. On the session's loop. */
    void attach(MuxSession session) {
        session.pipeline().addLast(new Carrier());
        atHome(() -> moveTo(session));
        session.config().setAutoRead(true);
    }

    private void moveTo(MuxSession session) {
        if (!channel.isOpen()) {
            session.close();
            return;
        }
        MuxSession before = attached;
        attached = session;
        if (before != null) {
            before.close();
        }
        if (end != null) {
            end.cancel(false);
            end = null;
        }
        for (Datagram next = answers.poll(); next != null; next = answers.poll()) {
            session.write(next, session.voidPromise());
        }
        session.flush();
        if (!session.isActive()) {
            leave(session);
        }
    }

    private void leave(MuxSession session) {
        if (session.equals(attached)) {
            attached = null;
            end = home.schedule((Runnable) channel::close, patience.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void closed() {
        if (end != null) {
            end.cancel(false);
        }
        answers.clear();
        MuxSession last = attached;
        attached = null;
        if (last != null) {
            last.close();
        }
    }

    /** From the far end. On the home loop. */
    private void answer(Datagram datagram) {
        MuxSession session = attached;
        if (session == null || !session.isActive()) {
            if (!answers.offer(datagram)) {
                channel.drop();
            }
        } else if (session.isWritable()) {
            session.writeAndFlush(datagram, session.voidPromise());
        } else {
            datagram.release();
            channel.drop();
        }
    }

    /** What the session gives; on its loop. */
    private final class Carrier extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (!(message instanceof Datagram datagram)) {
                ReferenceCountUtil.release(message);
            } else if (home.inEventLoop()) {
                channel.deliver(datagram);
            } else if (underWay.incrementAndGet() > MAX_UNDER_WAY) {
                underWay.decrementAndGet();
                datagram.release();
                channel.drop();
            } else {
                home.execute(() -> {
                    underWay.decrementAndGet();
                    channel.deliver(datagram);
                });
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            MuxSession session = (MuxSession) ctx.channel();
            atHome(() -> leave(session));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
