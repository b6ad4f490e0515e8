package dev.reversetunnel.mux;

import static dev.reversetunnel.mux.MuxEnd.bytes;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Handlers and listeners that close, open and write where it hurts, and that throw. */
@ExtendWith(BufferLeakExtension.class)
class MuxReentrancyTest {
    private static final Destination WEB = Destination.tcp("web", 80);

    private final MuxPair pair = new MuxPair();
    private final MuxEnd client = pair.client;
    private final MuxEnd server = pair.server;

    @AfterEach
    void close() {
        pair.close();
    }

    @Test
    void a_session_closed_by_the_listener_of_its_first_write_sends_no_more() {
        MuxSession session = client.open("web");
        session.write(bytes("first")).addListener(written -> session.close());
        ChannelFuture second = session.writeAndFlush(bytes("second"));

        then(client.sent()).containsExactly("New 1 tcp:web:80 'first'", "End 1 error");
        then(second.isDone()).isTrue();
        then(second.isSuccess()).isFalse();
    }

    @Test
    void a_session_closed_from_inside_its_read_gets_no_more() {
        AtomicInteger reads = new AtomicInteger();
        server.onAccept = session -> session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                reads.incrementAndGet();
                ReferenceCountUtil.release(message);
                ctx.close();
            }
        });
        MuxSession session = client.open("web");
        session.writeAndFlush(bytes("one"));
        session.writeAndFlush(bytes("two"));
        pair.pump();

        then(reads).hasValue(1);
        then(session.isOpen()).isFalse();
        then(server.mux.openSessions()).isZero();
    }

    /** As when the carrier's own encoder throws. */
    @Test
    void a_session_closed_from_inside_of_its_own_write_concerns_nobody_else() {
        MuxSession other = client.open("other");
        MuxSession session = client.open("web");
        client.wire.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                ctx.write(message, promise);
                session.close();
            }
        });
        ChannelFuture written = session.writeAndFlush(Unpooled.wrappedBuffer(new byte[100_000]));
        client.wire.runPendingTasks();

        then(written.isSuccess()).isFalse();
        then(client.failures).isEmpty();
        then(other.isOpen()).isTrue();
        then(client.mux.openSessions()).isEqualTo(1);
    }

    /** SslHandler says goodbye first, and waits 3 s for it to be written. */
    @Test
    void a_session_whose_carrier_is_gone_waits_for_no_farewell() {
        MuxSession session = client.open("web");
        session.pipeline().addLast(new ChannelOutboundHandlerAdapter() {
            @Override
            public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
                ctx.writeAndFlush(bytes("farewell")).addListener(written -> ctx.close(promise));
            }
        });
        client.wire.close();

        then(session.isOpen()).isFalse();
        then(session.isActive()).isFalse();
    }

    @Test
    void a_session_closed_in_the_middle_of_its_queue_gives_the_rest_back() {
        server.onOpen = session -> {};
        server.onAccept = session -> session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ReferenceCountUtil.release(message);
                ctx.close();
            }
        });
        server.receive(
                new MuxFrame.New(1, WEB, bytes("one")),
                new MuxFrame.Keep(1, bytes("two")),
                new MuxFrame.Keep(1, bytes("three")));
        server.last().config().setAutoRead(true);
        server.wire.runPendingTasks();

        then(server.mux.queuedBytes()).isZero();
        then(server.sent()).containsExactly("End 1");
    }

    @Test
    void a_listener_of_a_write_may_write_again_without_losing_its_turn() {
        MuxSession session = client.open("web");
        session.writeAndFlush(bytes("a"))
                .addListener(first ->
                        session.writeAndFlush(bytes("b")).addListener(second -> session.writeAndFlush(bytes("c"))));
        pair.pump();

        then(Taker.of(server.last()).text()).isEqualTo("abc");
    }

    @Test
    void a_writer_that_never_stops_leaves_the_loop_to_others() {
        MuxSession session = pair.open("web");
        AtomicInteger writes = new AtomicInteger();
        writeForEver(session, writes);
        AtomicInteger others = new AtomicInteger();
        client.wire.eventLoop().execute(() -> {
            others.set(writes.get());
            session.close();
        });
        pair.pump();

        then(others.get()).isBetween(1, 1_000);
        then(session.isOpen()).isFalse();
    }

    private static void writeForEver(MuxSession session, AtomicInteger writes) {
        if (session.isOpen() && writes.incrementAndGet() < 1_000_000) {
            session.writeAndFlush(Unpooled.wrappedBuffer(new byte[16_360]))
                    .addListener(written -> writeForEver(session, writes));
        }
    }

    @Test
    void sessions_may_be_opened_and_closed_from_inside_a_read() {
        server.onAccept = session -> session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ctx.writeAndFlush(message);
                for (MuxSession other : List.copyOf(server.opened)) {
                    if (other != ctx.channel()) {
                        other.reset();
                    }
                }
            }
        });
        List<MuxSession> sessions = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            sessions.add(client.open("web"));
        }
        pair.pump();
        sessions.get(3).writeAndFlush(bytes("only me"));
        pair.pump();

        then(sessions.stream().filter(MuxSession::isOpen)).containsExactly(sessions.get(3));
        then(Taker.of(sessions.get(3)).text()).isEqualTo("only me");
        then(server.mux.openSessions()).isEqualTo(1);
    }

    @Test
    void the_carrier_may_be_closed_from_inside_a_read() {
        server.onAccept = session -> session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ReferenceCountUtil.release(message);
                server.wire.close();
            }
        });
        server.receive(
                new MuxFrame.New(1, WEB, bytes("one")),
                new MuxFrame.New(2, WEB, bytes("two")),
                new MuxFrame.Keep(1, bytes("three")));

        then(server.closed).isEqualTo(1);
        then(server.mux.openSessions()).isZero();
        then(server.opened).noneMatch(MuxSession::isOpen);
    }

    @Test
    void a_handler_that_throws_concerns_its_own_session_only() {
        server.onAccept = session -> session.pipeline()
                .addLast(
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext ctx, Object message) {
                                ReferenceCountUtil.release(message);
                                throw new IllegalStateException("broken");
                            }
                        },
                        new Taker());
        server.receive(new MuxFrame.New(1, WEB, bytes("x")));
        Taker broken = Taker.of(server.last());
        server.onAccept = session -> session.pipeline().addLast(new Taker());
        server.receive(new MuxFrame.New(2, WEB, bytes("fine")), new MuxFrame.Keep(1, bytes("y")));

        then(broken.events).contains("java.lang.IllegalStateException: broken");
        then(Taker.of(server.last()).text()).isEqualTo("fine");
        then(server.failures).isEmpty();
        then(server.wire.isOpen()).isTrue();
    }

    @Test
    void sessions_that_come_and_go_while_the_carrier_is_stuck_are_not_kept() {
        client.wire.stick();
        client.open("bulk").writeAndFlush(Unpooled.wrappedBuffer(new byte[1 << 20]));
        client.wire.runPendingTasks();
        List<WeakReference<MuxSession>> gone = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            MuxSession session = client.open("web");
            client.wire.runPendingTasks();
            session.close();
            client.wire.runPendingTasks();
            gone.add(new WeakReference<>(session));
        }
        client.ended.clear();

        thenAllAreCollected(gone);
    }

    @Test
    void twenty_thousand_sessions_leave_nothing_behind() {
        List<WeakReference<MuxSession>> gone = new ArrayList<>();
        for (int round = 0; round < 200; round++) {
            for (int i = 0; i < 100; i++) {
                MuxSession session = client.open("web");
                session.writeAndFlush(bytes("request"));
                gone.add(new WeakReference<>(session));
            }
            pair.pump();
            for (int i = 0; i < 100; i++) {
                MuxSession accepted = server.opened.get(i);
                gone.add(new WeakReference<>(accepted));
                int way = i;
                accepted.writeAndFlush(bytes("answer")).addListener(written -> {
                    if (way % 3 == 0) {
                        accepted.close();
                    } else if (way % 3 == 1) {
                        accepted.reset();
                    } else {
                        accepted.shutdownOutput();
                    }
                });
            }
            pair.pump();
            then(client.mux.openSessions()).isZero();
            then(server.mux.openSessions()).isZero();
            for (MuxEnd end : List.of(client, server)) {
                end.opened.clear();
                end.ended.clear();
            }
        }

        then(client.mux.openedSessions()).isEqualTo(20_000);
        then(client.mux.queuedBytes() + server.mux.queuedBytes()).isZero();
        thenAllAreCollected(gone);
    }

    private static void thenAllAreCollected(List<? extends WeakReference<?>> gone) {
        for (int i = 0; i < 20 && gone.stream().anyMatch(reference -> reference.get() != null); i++) {
            System.gc();
        }
        then(gone.stream().filter(reference -> reference.get() != null)).isEmpty();
    }
}
