package dev.reversetunnel.mux;

import static dev.reversetunnel.mux.MuxEnd.bytes;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.mux.MuxFrame.GlobalId;
import dev.reversetunnel.mux.MuxFrame.Visitor;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** By plain Mux.cool, a bridge of our make hears on whose behalf a session is opened, and others hear nothing. */
@ExtendWith(BufferLeakExtension.class)
class MuxVisitorTest {
    private static final Destination WEB = Destination.tcp("web", 80);
    private static final Visitor ANN =
            new Visitor(Destination.tcp("10.99.0.3", 40_000), Destination.tcp("10.99.0.2", 80));
    private static final Visitor BOB = new Visitor(Destination.tcp("2001:db8::1", 1), null);

    /** Type, network, port, address type, address; twice. */
    private static final String RECORD = "07 01 9c40 01 0a630003 01 0050 01 0a630002";

    private final MuxPair pair = new MuxPair();

    @AfterEach
    void close() {
        pair.client.close();
        pair.server.close();
    }

    private void greet() {
        pair.extended();
    }

    @Test
    void each_session_has_its_own_visitor() {
        greet();
        pair.client.mux.open(WEB, ANN);
        pair.client.mux.open(WEB, BOB);
        pair.client.mux.open(WEB);
        pair.client.mux.open(WEB, ANN).writeAndFlush(bytes("hi"));
        pair.pump();
        then(pair.server.opened).extracting(MuxSession::visitor).containsExactlyInAnyOrder(ANN, BOB, null, ANN);
        then(pair.server.errors).isEmpty();
    }

    @Test
    void stands_in_a_frame_right_before_the_new() {
        MuxSession session = pair.client.mux.open(WEB, ANN);
        session.writeAndFlush(bytes("hi"));
        pair.client.wire.runPendingTasks();
        StringBuilder hex = new StringBuilder();
        for (ByteBuf part = pair.client.wire.readOutbound(); part != null; part = pair.client.wire.readOutbound()) {
            hex.append(ByteBufUtil.hexDump(part));
            part.release();
        }
        then(hex.toString())
                .isEqualTo(ByteBufUtil.hexDump(Hex.bytes(
                        "0004 0001 04 01 0011 " + RECORD + " 000c 0001 01 01 01 0050 02 03 776562 0002 6869")));
        then(pair.client.mux.bytesSent()).isEqualTo(2); // what is the visitor's, and nothing else
    }

    @Test
    void a_roaming_visitor_of_datagrams_is_told_as_well() {
        greet();
        Destination dns = Destination.udp("192.0.2.53", 53);
        Visitor visitor = new Visitor(Destination.udp("10.99.0.3", 40_000), Destination.udp("10.99.0.2", 53));
        MuxSession session = pair.client.mux.openRoaming(dns, new GlobalId(7), visitor);
        session.writeAndFlush(new Datagram(dns, bytes("q")));
        pair.pump();
        then(pair.server.last().visitor()).isEqualTo(visitor);
        then(pair.server.last().globalId()).isEqualTo(new GlobalId(7));
    }

    @Test
    void who_has_not_greeted_is_not_believed() {
        pair.client.mux.open(WEB, ANN);
        pair.pump();
        then(pair.server.last().visitor()).isNull();
        then(pair.server.errors).isEmpty();
    }

    private void receive(String... hex) {
        pair.server.receive(
                Unpooled.wrappedBuffer(List.of(hex).stream().map(Hex::buffer).toArray(ByteBuf[]::new)));
    }

    private static String keepAlive(int session, String payload) {
        return String.format("0004 %04x 04 01 %04x %s", session, Hex.bytes(payload).length, payload);
    }

    @Test
    void is_for_the_session_that_follows_and_for_no_other() {
        greet();
        receive(keepAlive(1, RECORD), "000c 0002 01 00 01 0050 02 03 776562");
        receive("000c 0001 01 00 01 0050 02 03 776562");
        then(pair.server.opened)
                .extracting(MuxSession::visitor)
                .containsOnlyNulls()
                .hasSize(2);
    }

    @Test
    void what_is_cut_or_changed_is_taken_for_padding() {
        greet();
        byte[] whole = Hex.bytes(RECORD);
        for (int length = 0; length < whole.length; length++) {
            String cut = ByteBufUtil.hexDump(whole, 0, length);
            receive(keepAlive(3, cut), "000c 0003 01 00 01 0050 02 03 776562", "0004 0003 03 00");
            Visitor told = pair.server.last().visitor();
            then(told == null ? null : told.source())
                    .as("%d bytes", length)
                    .isEqualTo(length < 9 ? null : ANN.source());
            then(told == null ? null : told.local()).isNull();
        }
        receive(keepAlive(3, "07 03 9c40 01 0a630003"), "000c 0003 01 00 01 0050 02 03 776562");
        then(pair.server.last().visitor()).isNull();
        then(pair.server.wire.isOpen()).isTrue();
    }
}
