package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.mux.ByteBudget;
import dev.reversetunnel.mux.MuxConnection;
import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.mux.MuxFrame;
import dev.reversetunnel.mux.MuxFrameDecoder;
import dev.reversetunnel.mux.MuxFrameEncoder;
import dev.reversetunnel.mux.MuxListener;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.mux.MuxRole;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * UDP sessions that keep their socket when they move. The script is that of peers/xudp-migration, as Xray 26.3.27
 * answers it; each way out is called a, b, c, as the origin sees source ports there.
 */
@ExtendWith(BufferLeakExtension.class)
class RoamingDatagramsTest {
    private static final Destination TARGET = Destination.udp("192.0.2.53", 53);
    private static final MuxFrame.GlobalId G = new MuxFrame.GlobalId(0x1122334455667788L);

    private final RoamingDatagrams table = new RoamingDatagrams(ByteBudget.UNLIMITED, 3, Duration.ofSeconds(60));
    private final List<Channel> ways = new ArrayList<>();
    private final Tunnel tunnel = new Tunnel();
    private final Tunnel another = new Tunnel();

    @AfterEach
    void nothing_is_left() {
        tunnel.carrier.finishAndReleaseAll();
        another.carrier.finishAndReleaseAll();
        ways.forEach(Channel::close);
        tunnel.carrier.runPendingTasks();
        then(table.size()).isZero();
    }

    /** Gets what is new: echoes, and says by which way. */
    private void dispatch(Request request, Channel channel) {
        char way = (char) ('a' + ways.size());
        ways.add(channel);
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                Datagram datagram = (Datagram) message;
                ctx.writeAndFlush(
                        datagram(datagram.peer(), way + ":" + datagram.content().toString(StandardCharsets.US_ASCII)));
                datagram.release();
            }
        });
        channel.config().setAutoRead(true);
    }

    private static Datagram datagram(Destination peer, String text) {
        return new Datagram(peer, bytes(text));
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    /** A mux connection of the same peer, and its other end as frames. */
    private final class Tunnel implements MuxListener {
        final EmbeddedChannel carrier = new EmbeddedChannel();
        RoamingDatagrams table = RoamingDatagramsTest.this.table;
        private final EmbeddedChannel decoder = new EmbeddedChannel(new MuxFrameDecoder(MuxDialect.COOL));

        Tunnel() {
            carrier.freezeTime();
            MuxConnection.install(carrier, MuxRole.SERVER, MuxOptions.DEFAULT, this);
            carrier.config().setAutoRead(true);
        }

        @Override
        public boolean acceptSession(MuxSession session) {
            return true;
        }

        @Override
        public void sessionOpened(MuxSession session) {
            table.accept(new Request(session.destination(), "bridge"), session, RoamingDatagramsTest.this::dispatch);
        }

        /** The frame arrives; what is sent back, as text. */
        List<String> gets(MuxFrame frame) {
            EmbeddedChannel encoder = new EmbeddedChannel(new MuxFrameEncoder());
            encoder.writeOutbound(frame);
            for (ByteBuf part = encoder.readOutbound(); part != null; part = encoder.readOutbound()) {
                carrier.writeInbound(part);
            }
            encoder.finish();
            return sends();
        }

        List<String> gets(int id, String text, MuxFrame.@Nullable GlobalId globalId) {
            return gets(new MuxFrame.New(id, MuxFrame.DATA, TARGET, null, globalId, bytes(text)));
        }

        List<String> sends() {
            List<String> frames = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                carrier.runPendingTasks();
            }
            for (ByteBuf part = carrier.readOutbound(); part != null; part = carrier.readOutbound()) {
                decoder.writeInbound(part);
            }
            for (MuxFrame frame = decoder.readInbound(); frame != null; frame = decoder.readInbound()) {
                String text = frame.payload().toString(StandardCharsets.US_ASCII);
                frames.add(frame.getClass().getSimpleName() + " " + frame.sessionId()
                        + (frame instanceof MuxFrame.Keep keep ? " " + keep.packetAddress() + " " + text : "")
                        + (frame instanceof MuxFrame.End end && end.isError() ? " error" : ""));
                frame.release();
            }
            return frames;
        }

        void pass(int seconds) {
            carrier.advanceTimeBy(seconds, TimeUnit.SECONDS);
            carrier.runPendingTasks();
        }
    }

    @Test
    void follows_the_script_of_xray() {
        then(tunnel.gets(2, "a", G)).containsExactly("Keep 2 " + TARGET + " a:a");
        then(tunnel.gets(new MuxFrame.End(2, false))).containsExactly("End 2");

        ways.get(0).writeAndFlush(datagram(TARGET, "pushed while detached"));
        then(tunnel.sends()).isEmpty();

        then(tunnel.gets(3, "b", G))
                .containsExactly("Keep 3 " + TARGET + " pushed while detached", "Keep 3 " + TARGET + " a:b");
        then(tunnel.gets(4, "c", G)).containsExactly("End 3", "Keep 4 " + TARGET + " a:c");
        then(tunnel.gets(5, "d", new MuxFrame.GlobalId(0))).containsExactly("Keep 5 " + TARGET + " b:d");
        then(tunnel.gets(6, "", new MuxFrame.GlobalId(6))).isEmpty();
        then(tunnel.carrier.isOpen()).isTrue();
    }

    @Test
    void moves_to_another_tunnel_when_its_own_is_lost() {
        then(tunnel.gets(2, "a", G)).containsExactly("Keep 2 " + TARGET + " a:a");
        tunnel.carrier.close();
        tunnel.carrier.runPendingTasks();
        then(ways.get(0).isOpen()).isTrue();
        then(another.gets(1, "b", G)).containsExactly("Keep 1 " + TARGET + " a:b");
    }

    @Test
    void moves_to_another_tunnel_while_its_own_still_seems_alive() {
        tunnel.gets(2, "a", G);
        then(another.gets(9, "b", G)).containsExactly("Keep 9 " + TARGET + " a:b");
        then(tunnel.sends()).containsExactly("End 2");
        then(table.size()).isEqualTo(1);
    }

    @Test
    void stays_for_a_minute_when_nobody_is_attached() {
        tunnel.gets(2, "a", G);
        tunnel.gets(new MuxFrame.End(2, false));
        tunnel.pass(59);
        then(ways.get(0).isOpen()).isTrue();
        then(tunnel.gets(3, "b", G)).containsExactly("Keep 3 " + TARGET + " a:b");
        tunnel.gets(new MuxFrame.End(3, true));
        tunnel.pass(61);
        then(ways.get(0).isOpen()).isFalse();
        then(table.size()).isZero();
        then(tunnel.gets(4, "c", G)).containsExactly("Keep 4 " + TARGET + " b:c");
    }

    @Test
    void keeps_sixteen_answers_while_nobody_is_attached() {
        tunnel.gets(2, "a", G);
        tunnel.gets(new MuxFrame.End(2, false));
        for (int i = 0; i < 20; i++) {
            ways.get(0).writeAndFlush(datagram(TARGET, "push " + i));
        }
        then(((AssociationChannel) ways.get(0)).droppedDatagrams()).isEqualTo(4);
        then(tunnel.gets(3, "b", G)).hasSize(17).endsWith("Keep 3 " + TARGET + " a:b");
    }

    @Test
    void ends_its_session_when_it_is_idle() {
        tunnel.gets(2, "a", G);
        ways.get(0).close(); // as the dispatcher does
        then(tunnel.sends()).containsExactly("End 2");
        then(table.size()).isZero();
    }

    @Test
    void the_oldest_that_nobody_uses_makes_room() {
        for (int id = 1; id <= 3; id++) {
            tunnel.gets(id, "x", new MuxFrame.GlobalId(id));
        }
        tunnel.gets(new MuxFrame.End(2, false));
        tunnel.gets(4, "x", new MuxFrame.GlobalId(4));
        then(ways.get(1).isOpen()).isFalse();
        then(table.size()).isEqualTo(3);
        then(tunnel.gets(5, "x", new MuxFrame.GlobalId(5))).contains("End 1"); // all are in use
        then(ways.get(0).isOpen()).isFalse();
    }

    @Test
    void another_peer_who_presents_the_same_name_gets_a_way_of_his_own() {
        tunnel.gets(2, "a", G);
        another.table = new RoamingDatagrams(ByteBudget.UNLIMITED);
        then(another.gets(2, "b", G)).containsExactly("Keep 2 " + TARGET + " b:b");
        then(tunnel.sends()).isEmpty();
        then(table.size()).isEqualTo(1);
    }

    @Test
    void a_session_without_a_name_is_dispatched_itself() {
        tunnel.gets(2, "a", null);
        then(ways.get(0)).isInstanceOf(MuxSession.class);
        then(table.size()).isZero();
    }
}
