package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How one visitor's datagrams are split, judged and sent. Time is moved by the test. */
@ExtendWith(BufferLeakExtension.class)
class DatagramDispatchTest {
    private static final Destination ONE = Destination.udp("192.0.2.1", 53);
    private static final Destination TWO = Destination.udp("192.0.2.2", 53);
    private static final Destination BAD = Destination.udp("192.0.2.66", 53);

    private static final int MAX_FLOWS = 1_000;

    private final EmbeddedChannel visitor = new EmbeddedChannel();
    private final Heard heard = new Heard();
    private final DatagramCounts counts = new DatagramCounts();
    private final Allowance memory = new Allowance(100);
    private final Ways ways = new Ways();
    private final List<Promise<Route>> undecided = new ArrayList<>();
    private final List<Destination> decisions = new ArrayList<>();
    private boolean decidesLater;

    DatagramDispatchTest() {
        visitor.freezeTime();
        new Datagrams(
                        request -> request.destination().port() == 0 ? "port 0" : null,
                        this::route,
                        new ExitLoads(List.of()),
                        waiting -> new NodeDialer(
                                waiting.eventLoop(),
                                new Resolver(NameService.SYSTEM),
                                Duration.ofSeconds(10),
                                Clock.systemUTC(),
                                new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE)),
                        refusals(heard),
                        Duration.ofSeconds(60),
                        MAX_FLOWS,
                        new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE),
                        counts,
                        memory)
                .accept(new Request(ONE, "port"), visitor);
    }

    private static Refusals refusals(Heard heard) {
        Events events = new Events(List.of(heard));
        return new Refusals(events, new Accounts(events));
    }

    @AfterEach
    void nothing_is_left() {
        visitor.close();
        visitor.runPendingTasks();
        then(counts.associations()).hasValue(0);
        then(memory.spent()).isZero();
        then(counts.flows()).hasValue(0);
        ways.all.forEach(way -> {
            then(way.isOpen()).isFalse();
            way.releaseOutbound();
        });
        visitor.releaseOutbound();
    }

    private Future<Route> route(Request request) {
        decisions.add(request.destination());
        Outbound outbound = request.destination().equals(BAD) ? Outbound.refuse() : ways;
        Promise<Route> route = visitor.eventLoop().newPromise();
        if (decidesLater) {
            undecided.add(route);
        } else {
            route.setSuccess(new Route("ways", outbound, request));
        }
        return route;
    }

    /** Opens embedded channels. */
    private final class Ways implements Outbound {
        final List<EmbeddedChannel> all = new ArrayList<>();
        final List<Destination> asked = new ArrayList<>();
        final Map<Destination, Throwable> failing = new HashMap<>();
        boolean shares;

        @Override
        public boolean sharesDatagrams(Request request) {
            return shares;
        }

        @Override
        public Future<Channel> connect(Request request, Dialer dialer) {
            asked.add(request.destination());
            Throwable failure = failing.get(request.destination());
            if (failure instanceof IllegalStateException mistake) {
                throw mistake;
            }
            if (failure != null) {
                return visitor.eventLoop().newFailedFuture(failure);
            }
            EmbeddedChannel way = new EmbeddedChannel();
            way.config().setAutoRead(false);
            all.add(way);
            return visitor.eventLoop().newSucceededFuture(way);
        }
    }

    private static Datagram datagram(Destination peer, String text) {
        return new Datagram(peer, Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    private void send(Destination target, String text) {
        visitor.writeInbound(datagram(target, text));
        visitor.runPendingTasks();
    }

    /** What a channel was given, as {@code 192.0.2.1:53 text}. */
    private static List<String> given(EmbeddedChannel channel) {
        List<String> all = new ArrayList<>();
        for (Datagram next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            all.add(next.peer() + " " + next.content().toString(StandardCharsets.US_ASCII));
            next.release();
        }
        return all;
    }

    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            visitor.advanceTimeBy(1, TimeUnit.SECONDS);
            visitor.runPendingTasks();
        }
    }

    @Test
    void each_target_gets_a_channel_of_its_own() {
        send(ONE, "a");
        send(TWO, "b");
        send(ONE, "c");
        then(ways.asked).containsExactly(ONE, TWO);
        then(given(ways.all.get(0))).containsExactly(ONE + " a", ONE + " c");
        then(given(ways.all.get(1))).containsExactly(TWO + " b");
    }

    @Test
    void an_outbound_that_shares_gets_one_channel_for_all_targets() {
        ways.shares = true;
        send(ONE, "a");
        send(TWO, "b");
        then(ways.asked).containsExactly(ONE);
        then(given(ways.all.get(0))).containsExactly(ONE + " a", TWO + " b");
    }

    @Test
    void answers_of_all_go_back_with_their_source() {
        send(ONE, "a");
        send(TWO, "b");
        ways.all.get(1).writeInbound(datagram(TWO, "from two"));
        ways.all.get(0).writeInbound(datagram(ONE, "from one"));
        then(given(visitor)).containsExactly(TWO + " from two", ONE + " from one");
    }

    @Test
    void a_refused_target_is_told_once_and_ends_nothing() {
        send(BAD, "x");
        send(ONE, "a");
        send(BAD, "y");
        send(Destination.udp("192.0.2.1", 0), "z");
        send(Destination.udp("192.0.2.1", 0), "z");
        then(heard.events)
                .containsExactly("refused " + BAD + ": by the rule to \"ways\"", "refused udp:192.0.2.1:0: port 0");
        then(counts.dropped().sum()).isEqualTo(4);
        then(given(ways.all.get(0))).containsExactly(ONE + " a");
    }

    @Test
    void the_rules_are_asked_once_for_as_long_as_a_way_is_open() {
        ways.shares = true;
        for (int i = 0; i < 10; i++) {
            send(ONE, "a");
            send(TWO, "b");
            pass(10);
        }
        then(decisions).containsExactly(ONE, TWO);
        ways.all.get(0).close();
        send(ONE, "c");
        send(ONE, "d");
        then(decisions).containsExactly(ONE, TWO, ONE);
    }

    @Test
    void the_rules_are_asked_again_about_a_refused_target_after_a_while() {
        for (int i = 0; i < 40; i++) {
            send(BAD, "x");
            pass(1);
        }
        then(decisions).containsExactly(BAD, BAD, BAD); // four times in the 60 s of the idle time
        then(heard.events).hasSize(1);
    }

    @Test
    void sixteen_datagrams_wait_for_a_decision_in_their_order() {
        decidesLater = true;
        for (int i = 1; i <= 20; i++) {
            send(ONE, "d" + i);
        }
        then(undecided).hasSize(1);
        then(counts.dropped().sum()).isEqualTo(4);
        decidesLater = false;
        undecided.get(0).setSuccess(new Route("ways", ways, new Request(ONE, "port")));
        visitor.runPendingTasks();
        then(given(ways.all.get(0))).hasSize(16).startsWith(ONE + " d1").endsWith(ONE + " d16");
    }

    @Test
    void what_waits_for_a_decision_that_never_comes_is_released() {
        decidesLater = true;
        send(ONE, "waits");
        visitor.close();
        then(counts.dropped().sum()).isEqualTo(1);
        undecided.get(0).setFailure(new TunnelException("too late"));
        visitor.runPendingTasks();
        then(heard.events).isEmpty();
    }

    @Test
    void a_decision_that_fails_is_told() {
        decidesLater = true;
        send(ONE, "waits");
        undecided.get(0).setFailure(new TunnelException("no name server"));
        visitor.runPendingTasks();
        then(heard.events).containsExactly("failed " + ONE + ": no name server");
        then(counts.dropped().sum()).isEqualTo(1);
    }

    @Test
    void the_address_that_was_judged_is_the_one_that_is_sent_to() {
        Destination name = Destination.udp("dns.example", 53);
        decidesLater = true;
        send(name, "a");
        undecided.get(0).setSuccess(new Route("ways", ways, new Request(TWO, "port")));
        visitor.runPendingTasks();
        then(ways.asked).containsExactly(TWO);
        then(given(ways.all.get(0))).containsExactly(TWO + " a");
    }

    @Test
    void what_cannot_be_opened_is_told_once_and_tried_again_by_each_datagram() {
        ways.failing.put(ONE, new TunnelException("no bridge"));
        send(ONE, "a");
        send(ONE, "b");
        then(heard.events).containsExactly("failed " + ONE + ": no bridge");
        then(counts.dropped().sum()).isEqualTo(2);
        ways.failing.clear();
        send(ONE, "c");
        then(ways.asked).hasSize(3);
        then(given(ways.all.get(0))).containsExactly(ONE + " c");
    }

    @Test
    void an_outbound_that_throws_ends_nothing_but_this() {
        ways.failing.put(ONE, new IllegalStateException("a mistake"));
        send(ONE, "a");
        send(TWO, "b");
        then(heard.events).containsExactly("failed " + ONE + ": a mistake");
        then(given(ways.all.get(0))).containsExactly(TWO + " b");
    }

    @Test
    void a_way_that_fails_is_opened_anew_by_the_next_datagram() {
        send(ONE, "a");
        send(TWO, "b");
        ways.all.get(0).pipeline().fireExceptionCaught(new ConnectException("nobody there"));
        then(heard.events).containsExactly("failed " + ONE + ": nobody there");
        then(visitor.isOpen()).isTrue();
        send(ONE, "c");
        then(ways.asked).containsExactly(ONE, TWO, ONE);
        then(given(ways.all.get(2))).containsExactly(ONE + " c");
        then(ways.all.get(1).isOpen()).isTrue();
    }

    @Test
    void a_target_that_a_shared_way_does_not_lead_to_is_told_and_the_others_go_on() {
        ways.shares = true;
        send(ONE, "a");
        send(TWO, "b");
        var refused = new DatagramRelay.Dropped(TWO, 1, new RefusedException("a private address"));
        ways.all.get(0).pipeline().fireUserEventTriggered(refused);
        ways.all.get(0).pipeline().fireUserEventTriggered(refused);
        ways.all.get(0).pipeline().fireUserEventTriggered(new DatagramRelay.Dropped(ONE, 3, null));
        then(heard.events).containsExactly("refused " + TWO + ": a private address");
        then(counts.dropped().sum()).isEqualTo(5);
        send(ONE, "c");
        then(ways.asked).hasSize(1);
    }

    @Test
    void a_way_that_takes_nothing_slows_nobody_down() {
        send(ONE, "a");
        send(TWO, "b");
        EmbeddedChannel slow = ways.all.get(0);
        slow.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        for (int i = 0; i < 1_000; i++) {
            send(ONE, "late");
        }
        send(TWO, "c");
        then(counts.dropped().sum()).isEqualTo(1_000);
        then(given(slow)).containsExactly(ONE + " a");
        then(given(ways.all.get(1))).hasSize(2);
        then(visitor.config().isAutoRead()).isTrue();
        slow.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        send(ONE, "in time");
        then(given(slow)).containsExactly(ONE + " in time");
    }

    @Test
    void a_visitor_who_takes_nothing_loses_answers() {
        send(ONE, "a");
        visitor.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        for (int i = 0; i < 1_000; i++) {
            ways.all.get(0).writeInbound(datagram(ONE, "late"));
        }
        then(counts.dropped().sum()).isEqualTo(1_000);
        then(ways.all.get(0).config().isAutoRead()).isTrue();
        visitor.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        ways.all.get(0).writeInbound(datagram(ONE, "in time"));
        then(given(visitor)).containsExactly(ONE + " in time");
    }

    @Test
    void the_257th_target_ends_the_one_that_was_idle_for_longest() {
        for (int port = 1; port <= DatagramDispatch.MAX_TARGETS; port++) {
            send(Destination.udp("192.0.2.1", port), "d");
        }
        send(Destination.udp("192.0.2.1", 1), "again");
        send(Destination.udp("192.0.2.1", 257), "one more");
        then(counts.flows()).hasValue(DatagramDispatch.MAX_TARGETS);
        then(ways.all.get(0).isOpen()).isTrue();
        then(ways.all.get(1).isOpen()).isFalse();
        then(ways.all.get(2).isOpen()).isTrue();
    }

    @Test
    void an_idle_association_ends_between_one_and_one_and_a_quarter_of_its_time() {
        send(ONE, "a");
        pass(60);
        then(visitor.isOpen()).isTrue();
        pass(15);
        then(visitor.isOpen()).isFalse();
        then(ways.all.get(0).isOpen()).isFalse();
    }

    @Test
    void one_that_never_sends_anything_ends_too() {
        pass(75);
        then(visitor.isOpen()).isFalse();
    }

    @Test
    void answers_keep_it() {
        send(ONE, "a");
        for (int i = 0; i < 10; i++) {
            pass(50);
            ways.all.get(0).writeInbound(datagram(ONE, "news"));
        }
        then(visitor.isOpen()).isTrue();
        then(ways.all.get(0).isOpen()).isTrue();
    }

    @Test
    void an_idle_target_ends_alone() {
        send(ONE, "a");
        for (int i = 0; i < 3; i++) {
            send(TWO, "b");
            pass(30);
        }
        then(visitor.isOpen()).isTrue();
        then(ways.all.get(0).isOpen()).isFalse();
        then(ways.all.get(1).isOpen()).isTrue();
        send(ONE, "again");
        then(ways.asked).containsExactly(ONE, TWO, ONE);
    }

    @Test
    void it_ends_with_the_visitors_input_for_datagrams_have_no_second_half() {
        send(ONE, "a");
        visitor.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        then(visitor.isOpen()).isFalse();
        then(ways.all.get(0).isOpen()).isFalse();
    }

    @Test
    void what_is_no_datagram_is_thrown_away() {
        visitor.writeInbound(Unpooled.copiedBuffer(new byte[1]));
        then(ways.asked).isEmpty();
    }
}
