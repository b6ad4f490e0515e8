package dev.reversetunnel;

import static dev.reversetunnel.HostileFrames.data;
import static dev.reversetunnel.HostileFrames.extended;
import static dev.reversetunnel.HostileFrames.frame;
import static dev.reversetunnel.HostileFrames.hello;
import static dev.reversetunnel.HostileFrames.id;
import static dev.reversetunnel.HostileFrames.join;
import static dev.reversetunnel.HostileFrames.keep;
import static dev.reversetunnel.HostileFrames.metadata;
import static dev.reversetunnel.HostileFrames.name;
import static dev.reversetunnel.HostileFrames.open;
import static dev.reversetunnel.HostileFrames.opened;
import static dev.reversetunnel.HostileFrames.record;
import static dev.reversetunnel.HostileFrames.times;
import static dev.reversetunnel.HostilePeer.Outcome.NOTHING;
import static dev.reversetunnel.HostilePeer.Outcome.SESSION;
import static dev.reversetunnel.HostilePeer.Outcome.TUNNEL;
import static dev.reversetunnel.Tunnels.DOMAIN;
import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.HostilePeer.Outcome;
import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rules of the protocol, broken one at a time by the other end of a tunnel, in either role: what is lost is what was
 * declared, and the neighbour's tunnel answers as before.
 */
class HostilePeerTest {
    private static final String EVIL = "evil.test.internal";
    private static final String FAR = "far.test.internal";
    private static final String STUCK = "stuck";

    private static Origin origin;
    private static ServerSocket far;
    private static ReverseTunnel node;
    private static Bridge neighbour;

    /** In which role the peer breaks a rule. */
    private enum Role {
        BRIDGE,
        PORTAL
    }

    /** A rule that is broken. */
    private static final class Broken {
        final Role role;
        final String rule;
        final byte[] bytes;
        final boolean endsOutput;
        final Outcome outcome;

        Broken(Role role, String rule, byte[] bytes, boolean endsOutput, Outcome outcome) {
            this.role = role;
            this.rule = rule;
            this.bytes = bytes;
            this.endsOutput = endsOutput;
            this.outcome = outcome;
        }

        @Override
        public String toString() {
            return role + " " + rule + " -> " + outcome;
        }
    }

    @BeforeAll
    static void start() throws Exception {
        origin = Origin.echo();
        far = new ServerSocket(0, 16, Tunnels.loopback());
        node = ReverseTunnel.node()
                .inbound("tunnels", Plain.server(Transport.tcp(), 0, Grant.REGISTER))
                .inbound("visitors", Inbound.port(0).address("127.0.0.1"))
                .portal("good", DOMAIN)
                .portal("evil", EVIL)
                .bridge("far", FAR)
                .outbound("dial", Plain.client(Transport.tcp(), far.getLocalPort()))
                .outbound("sink", Outbound.handler(new Sink()))
                .outbound("stuck", Outbound.handler(new NeverReads()))
                .route(Rule.inbound("tunnels").domain("full:" + DOMAIN).to("good"))
                .route(Rule.inbound("tunnels").domain("full:" + EVIL).to("evil"))
                .route(Rule.inbound("visitors").to("good"))
                .route(Rule.inbound("far").domain("full:" + FAR).to("dial"))
                .route(Rule.inbound("far").domain("full:" + STUCK).to("stuck"))
                .route(Rule.inbound("far").to("sink"))
                .mux(MuxOptions.DEFAULT.newPerSecond(1_000_000))
                .start();
        neighbour = Tunnels.ready(Tunnels.bridge(node.port("tunnels")).forward("127.0.0.1", origin.port()));
    }

    @AfterAll
    static void end() throws IOException {
        neighbour.close();
        node.close();
        far.close();
        origin.close();
    }

    // ---- the table ----

    static List<Broken> rules() {
        List<Broken> rules = new ArrayList<>();
        for (Role role : Role.values()) {
            int own = role == Role.PORTAL ? 100 : 40_000; // an id of the peer's own, never opened before
            for (int length : new int[] {0, 1, 2, 3}) {
                add(rules, role, "metadata of " + length, metadata(length, id(own) + "0400"), TUNNEL);
            }
            for (int length : new int[] {513, 1_024, 65_535}) {
                add(rules, role, "metadata of " + length, metadata(length, id(own) + "0400"), TUNNEL);
            }
            for (String status : new String[] {"00", "05", "7f", "ff"}) {
                add(rules, role, "status " + status, frame(id(own) + status + "00"), TUNNEL);
            }
            for (String network : new String[] {"00", "03", "ff"}) {
                add(rules, role, "network " + network, frame(id(own) + "0100" + network + "0050 01 7f000001"), TUNNEL);
            }
            for (String type : new String[] {"00", "04", "ff"}) {
                add(rules, role, "address type " + type, frame(id(own) + "0100 01 0050" + type + "7f000001"), TUNNEL);
            }
            for (String name : new String[] {"", " ", "a\0b", "a\r\nb", "a/b", "a:b", "caf\u00e9", "\u001b[2J", "{}"}) {
                String rule = "name of " + Hex.of(Unpooled.copiedBuffer(name, StandardCharsets.ISO_8859_1));
                add(rules, role, rule, frame(id(own) + "0100 01 0050" + name(name)), TUNNEL);
            }
            add(rules, role, "IPv4 address cut", frame(id(own) + "0100 01 0050 01 7f0000"), TUNNEL);
            add(rules, role, "IPv6 address cut", frame(id(own) + "0100 01 0050 03 0000000000"), TUNNEL);
            add(rules, role, "name cut", frame(id(own) + "0100 01 0050 02 ff 61"), TUNNEL);
            add(rules, role, "New without a target", frame(id(own) + "0100"), TUNNEL);
            rules.add(new Broken(role, "end inside metadata", Hex.bytes("0010 0001"), true, TUNNEL));
            rules.add(new Broken(role, "end inside a payload", Hex.bytes("0004 0001 04 01 0010 00"), true, TUNNEL));
            rules.add(new Broken(role, "end between two frames", new byte[0], true, TUNNEL));
            byte[] end = frame(id(own) + "0300");
            byte[] keepAlive = frame("0000 0400");
            byte[] keep = join(frame(id(own) + "0201"), data(1));
            byte[] emptyKeep = frame(id(own) + "0200");
            add(rules, role, "Ends of a session that never was, a flood", times(1_002, end), TUNNEL);
            add(rules, role, "KeepAlive, a flood", times(1_002, keepAlive), TUNNEL);
            add(rules, role, "Keep of a session that never was, a flood", times(1_002, keep), TUNNEL);
            add(rules, role, "Keep without data, a flood", times(1_002, emptyKeep), TUNNEL);
            add(rules, role, "End of a session that never was", end, NOTHING);
            add(rules, role, "End with an error of a session that never was", frame(id(own) + "0302"), NOTHING);
            add(rules, role, "End with data", join(frame(id(own) + "0301"), data(7)), NOTHING);
            add(rules, role, "two Ends", join(end, end), NOTHING);
            add(rules, role, "Keep before New", keep, NOTHING);
            add(rules, role, "Keep without data before New", emptyKeep, NOTHING);
            add(rules, role, "Keep with data of nothing", join(frame(id(own) + "0201"), data(0)), NOTHING);
            add(rules, role, "Keep for 0", join(frame("0000 0201"), data(1)), NOTHING);
            add(rules, role, "KeepAlive with 65,535 bytes", join(frame(id(own) + "0401"), data(65_535)), NOTHING);
            add(rules, role, "KeepAlive with unknown options", frame("0000 04 f0"), NOTHING);
            add(rules, role, "New for 65535", frame("ffff 01 00 01 0050 " + name("web")), SESSION);
        }
        for (Role role : Role.values()) {
            int never = role == Role.PORTAL ? 100 : 40_000;
            byte[] hello = hello(65_536);
            add(rules, role, "HELLO twice", join(hello, hello), TUNNEL);
            add(rules, role, "HELLO with another magic", record(0, "5254583100"), NOTHING);
            add(rules, role, "HELLO cut", record(0, "52545831 00010000 0000"), NOTHING);
            add(rules, role, "records before HELLO, a flood", times(1_002, record(0, "03 0000000000000000")), TUNNEL);
            add(rules, role, "a record of a kind unknown", join(hello, record(0, "7f00")), NOTHING);
            add(rules, role, "PING cut", join(hello, record(0, "03 0000")), NOTHING);
            add(rules, role, "PONG unasked", join(hello, record(0, "04 0000000000000000")), NOTHING);
            add(rules, role, "PONG, a flood", join(hello, times(1_002, record(0, "04 0000000000000000"))), TUNNEL);
            add(rules, role, "PING, a flood", join(hello, times(1_102, record(0, "03 0000000000000000"))), TUNNEL);
            add(
                    rules,
                    role,
                    "CREDIT for a session that never was, a flood",
                    join(hello, times(1_002, record(never, "01 00000001"))),
                    TUNNEL);
            add(rules, role, "FIN of a session that never was", join(hello, record(never, "02")), NOTHING);
            // a bridge that asks for it, and has no visitor, waits for the end
            Outcome drained = role == Role.BRIDGE ? TUNNEL : NOTHING;
            add(rules, role, "DRAIN twice", join(hello, record(0, "05"), record(0, "05")), drained);
            add(rules, role, "REASON cut", join(hello, record(1, "06 01 ffff 61")), NOTHING);
        }
        byte[] stuck = join(hello(65_536), extended(100, STUCK), keep(100, 32_768));
        add(rules, Role.PORTAL, "as much as was granted", join(stuck, keep(100, 32_768)), NOTHING);
        add(rules, Role.PORTAL, "a byte more than was granted", join(stuck, keep(100, 32_768), keep(100, 1)), SESSION);
        add(rules, Role.PORTAL, "credit of nothing", join(stuck, times(1_002, record(100, "01 00000000"))), TUNNEL);
        add(rules, Role.PORTAL, "more credit than there are bytes", join(stuck, overflowing()), NOTHING);
        add(rules, Role.PORTAL, "bytes behind FIN", join(stuck, record(100, "02"), keep(100, 1)), NOTHING);
        add(rules, Role.PORTAL, "FIN twice", join(stuck, record(100, "02"), record(100, "02")), NOTHING);
        // the portal opens sessions, and a bridge accepts them
        Role portal = Role.PORTAL;
        add(rules, portal, "New twice", join(open(7), open(7)), SESSION);
        add(rules, portal, "New for 0", open(0), NOTHING);
        add(rules, portal, "New of an id that was ended", join(open(7), frame("0007 0300"), open(7)), NOTHING);
        add(rules, portal, "Keep late", join(open(7), frame("0007 0300"), frame("0007 0201"), data(9)), NOTHING);
        add(rules, portal, "a session more than 1,024", opened(1, 1_100), SESSION);
        add(rules, portal, "65,536 sessions", opened(0, 65_536), SESSION);
        add(rules, portal, "a datagram of nothing", join(frame("0007 01 01 02 0035 01 7f000001"), data(0)), NOTHING);
        add(
                rules,
                portal,
                "a datagram of 65,535 bytes",
                join(frame("0007 01 01 02 0035 01 7f000001"), data(65_535)),
                NOTHING);
        add(rules, portal, "a name of the protocol", frame("0007 01 00 01 0050 " + name("v1.mux.cool")), SESSION);
        add(rules, portal, "the bridge's own domain", frame("0007 01 00 01 0050 " + name(FAR)), SESSION);
        // a bridge opens none
        Role bridge = Role.BRIDGE;
        add(rules, bridge, "New", open(500), SESSION);
        add(rules, bridge, "New for 0", open(0), SESSION);
        add(rules, bridge, "New of an id of its own half", open(40_001), SESSION);
        add(rules, bridge, "New for the control session", open(1), SESSION);
        add(rules, bridge, "65,536 sessions", opened(0, 65_536), SESSION);
        add(rules, bridge, "End of the control session", frame("0001 0300"), NOTHING);
        return rules;
    }

    private static byte[] overflowing() {
        return times(3, record(100, "01 ffffffff"));
    }

    private static void add(List<Broken> rules, Role role, String rule, byte[] bytes, Outcome outcome) {
        rules.add(new Broken(role, rule, bytes, false, outcome));
    }

    @Test
    void there_are_at_least_sixty_rules() {
        then(rules()).hasSizeGreaterThanOrEqualTo(60);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void what_is_lost_is_what_was_declared(Broken broken) throws Exception {
        try (HostilePeer peer = peer(broken.role)) {
            then(peer.outcome()).as("before").isEqualTo(NOTHING);
            peer.send(broken.bytes, broken.endsOutput);
            then(peer.outcome()).isEqualTo(broken.outcome);
            try (Socket visitor = Tunnels.connect(node.port("visitors"))) {
                then(Tunnels.say(visitor, "still here")).isEqualTo("still here");
            }
        }
        await().until(() -> node.snapshot().tunnels().stream()
                .filter(tunnel -> tunnel.owner().equals("evil"))
                .findAny()
                .isEmpty());
    }

    private static HostilePeer peer(Role role) throws Exception {
        if (role == Role.BRIDGE) {
            return HostilePeer.bridge(node.port("tunnels"), EVIL);
        }
        far.setSoTimeout((int) TimeUnit.SECONDS.toMillis(30));
        while (true) {
            Socket bridge = far.accept();
            bridge.setSoTimeout(Tunnels.SOCKET_TIMEOUT);
            HostilePeer portal = HostilePeer.portal(bridge);
            // A tunnel that had visitors was a success, and the bridge dials the next one at once.
            portal.send(join(open(32_000), open(32_001)), false);
            if (portal.outcome() == NOTHING) {
                return portal;
            }
            portal.close(); // it waited here for so long that the bridge gave it up
        }
    }

    /** Serves all sessions of the hostile portal: takes what comes. */
    @ChannelHandler.Sharable
    private static final class Sink extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }
    }
}
