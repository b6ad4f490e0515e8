package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A tunnel whose bridge, which is the test, is not ours and says nothing any more. */
class AbandonedStallTest {
    private static final Destination WEB = Destination.tcp("web", 80);
    private static final int MUCH = 100_000;

    private final RegisteredPortal portal = new RegisteredPortal();
    private final MuxWire bridge = portal.bridge;

    @AfterEach
    void end() {
        portal.close();
    }

    private Channel visitor(int bytes) {
        Channel visitor = portal.visit(WEB, null, null);
        visitor.writeAndFlush(Unpooled.wrappedBuffer(new byte[bytes]));
        bridge.runPendingTasks();
        bridge.sent();
        return visitor;
    }

    private void pass(int seconds) {
        bridge.pass(seconds);
        bridge.sent();
    }

    @Test
    void ends_soon_when_who_sent_much_has_gone_and_it_stood_before() {
        Channel staller = visitor(MUCH);
        Channel other = visitor(10);
        pass(10);
        staller.close();

        pass(1);
        then(other.isOpen()).isTrue();
        pass(4); // looks come late by a clock that goes in seconds
        then(other.isOpen()).isFalse();
        then(portal.heard.of("down")).containsExactly("down 1: " + AbandonedStall.REASON);
    }

    @Test
    void ends_after_the_grace_period_when_the_bridge_was_heard_until_he_left() {
        Channel staller = visitor(MUCH);
        Channel other = visitor(10);
        pass(10);
        bridge.receive("0004 ffff 03 00");
        staller.close();

        pass(9);
        then(other.isOpen()).isTrue();
        pass(5); // the next sign of a stall: a heartbeat that is not answered
        then(other.isOpen()).isFalse();
        then(portal.heard.of("down")).containsExactly("down 1: " + AbandonedStall.REASON);
    }

    @Test
    void stays_while_he_is_there_whoever_leaves() {
        Channel staller = visitor(MUCH);
        Channel other = visitor(10);
        pass(10);
        other.close();

        pass(40); // not found dead yet, without any sign of TCP
        then(staller.isOpen()).isTrue();
    }

    @Test
    void stays_while_another_is_there_who_sent_much_and_ends_when_he_has_gone_too() {
        Channel staller = visitor(MUCH);
        Channel another = visitor(MUCH);
        pass(10);
        staller.close();
        pass(15);
        then(another.isOpen()).isTrue();

        another.close();
        pass(10);
        then(portal.heard.of("down")).containsExactly("down 1: " + AbandonedStall.REASON);
    }

    @Test
    void stays_when_the_bridge_is_heard_again() {
        Channel staller = visitor(MUCH);
        Channel other = visitor(10);
        pass(10);
        staller.close();
        pass(1);
        bridge.receive("0004 ffff 03 00");
        for (int i = 0; i < 60; i++) {
            pass(1);
            bridge.receive("0004 ffff 03 00");
        }
        then(other.isOpen()).isTrue();
        then(portal.heard.of("down")).isEmpty();
    }
}
