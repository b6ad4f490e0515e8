package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Many sessions, one after the other and beside each other, between our own ends. */
class ChurnTest {
    private static final int SESSIONS = 20_000;

    @Test
    void twenty_thousand_sessions_leave_nothing_behind_and_wear_no_tunnel_out() throws Exception {
        Heard heard = new Heard();
        AtomicInteger served = new AtomicInteger();
        try (Portal portal = Tunnels.portal(0).listener(heard).start();
                Bridge bridge = Tunnels.ready(Tunnels.bridge(portal.port("tunnels"))
                        .tunnels(1, 1)
                        .serve(new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel session) {
                                session.pipeline().addLast(new Echo(served));
                            }
                        }))) {
            await().until(() -> portal.snapshot().tunnels().size() == 1);
            // visitors without sockets, which would wear the machine's ports out
            MuxPortal mux = portal.node().portals().iterator().next();
            PortalTunnel tunnel = mux.pool().all().get(0);
            Semaphore beside = new Semaphore(200);
            AtomicInteger answered = new AtomicInteger();
            for (int i = 0; i < SESSIONS; i++) {
                beside.acquire();
                Promise<Void> over = tunnel.loop().newPromise();
                over.addListener(done -> beside.release());
                tunnel.loop().execute(() -> visit(tunnel, over, answered));
            }
            then(beside.tryAcquire(200, 30, java.util.concurrent.TimeUnit.SECONDS))
                    .isTrue();

            then(answered).hasValue(SESSIONS);
            then(served).hasValue(SESSIONS);
            await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
                then(portal.snapshot().tunnels())
                        .singleElement()
                        .matches(now -> now.openSessions() == 1 && now.openedSessions() == SESSIONS + 1)
                        .matches(now -> now.queuedBytes() == 0);
                then(bridge.snapshot().tunnels()).singleElement().matches(now -> now.openSessions() == 1);
            });
            then(heard.of("draining")).isEmpty();
            then(heard.of("error")).isEmpty();
        }
        await().until(() -> Tunnels.reverseThreads() == 0);
    }

    private static void visit(PortalTunnel tunnel, Promise<Void> over, AtomicInteger answered) {
        var session = tunnel.open(new Request(dev.reversetunnel.net.Destination.tcp("any", 80), "visitors"), 0);
        session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ((ByteBuf) message).release();
                answered.incrementAndGet();
            }

            @Override
            public void channelInactive(ChannelHandlerContext ctx) {
                over.setSuccess(null);
            }
        });
        session.config().setAutoRead(true);
        session.writeAndFlush(Unpooled.copiedBuffer(new byte[] {1, 2, 3}));
    }

    private static final class Echo extends ChannelInboundHandlerAdapter {
        private final AtomicInteger served;

        Echo(AtomicInteger served) {
            this.served = served;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            served.incrementAndGet();
            ctx.writeAndFlush(message).addListener(io.netty.channel.ChannelFutureListener.CLOSE);
        }
    }
}
