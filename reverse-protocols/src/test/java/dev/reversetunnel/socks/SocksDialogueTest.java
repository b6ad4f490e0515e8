package dev.reversetunnel.socks;

import static dev.reversetunnel.door.DoorRig.feed;
import static dev.reversetunnel.door.DoorRig.sent;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Grant;
import dev.reversetunnel.RefusedException;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.door.DoorRig;
import dev.reversetunnel.door.NamedUsers;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.Hex;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes by RFC 1928 and RFC 1929. */
class SocksDialogueTest {
    private static final NamedUsers USERS =
            NamedUsers.NONE.with("ann", "secret").with("bob", "other");

    /** tcp:web.home:80 */
    private static final String CONNECT = "05 01 00 03 | 08 7765622e686f6d65 | 0050";

    private static final String SUCCESS = "05 00 00 01 | 00000000 | 0000";

    private final DoorRig rig = new DoorRig();

    private EmbeddedChannel connection(NamedUsers users) {
        return rig.connection(channel ->
                SocksDialogue.begin(channel.pipeline(), rig.door(), users, user -> Grant.CONNECT, new Permits(1)));
    }

    @Test
    void connects_without_a_password_where_there_are_no_users() {
        EmbeddedChannel channel = connection(NamedUsers.NONE);

        feed(channel, Hex.bytes("05 02 00 02"));
        then(sent(channel)).isEqualTo(Hex.bytes("05 00"));
        feed(channel, Hex.bytes(CONNECT));
        then(sent(channel)).isEqualTo(Hex.bytes(SUCCESS));

        then(rig.requests).singleElement().satisfies(request -> {
            then(request.destination()).isEqualTo(Destination.tcp("web.home", 80));
            then(request.user()).isEmpty();
            then(request.grant()).isEqualTo(Grant.CONNECT);
            then(request.inbound()).isEqualTo("proxy-in");
        });
        then(rig.counters().accepted()).isEqualTo(1);
        feed(channel, Hex.bytes("6869"));
        then(rig.taken()).isEqualTo("hi");
        channel.finishAndReleaseAll();
    }

    @Test
    void asks_for_name_and_password_where_there_are_users() {
        EmbeddedChannel channel = connection(USERS);

        feed(channel, Hex.bytes("05 02 00 02"));
        then(sent(channel)).isEqualTo(Hex.bytes("05 02"));
        feed(channel, Hex.bytes("01 | 03 626f62 | 05 6f74686572"));
        then(sent(channel)).isEqualTo(Hex.bytes("01 00"));
        feed(channel, Hex.bytes(CONNECT));
        then(sent(channel)).isEqualTo(Hex.bytes(SUCCESS));

        then(rig.requests)
                .singleElement()
                .satisfies(request -> then(request.user()).isEqualTo("bob"));
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @CsvSource({
        "05 01 00 02 | 7f000001 | 0050, 7",
        "05 09 00 01 | 7f000001 | 0050, 7",
        "05 01 00 03 | 00 | 0050, 1",
        "05 01 00 03 | 05 612f622021 | 0050, 1"
    })
    void refuses_what_it_cannot_do(String request, int code) {
        EmbeddedChannel channel = connection(NamedUsers.NONE);

        feed(channel, Hex.bytes("05 01 00"));
        sent(channel);
        feed(
                channel,
                Hex.bytes(request.startsWith("05 01 00 02") ? request.replace("05 01 00 02", "05 02 00 01") : request));

        then(sent(channel)).isEqualTo(Hex.bytes("05 0" + code + " 00 01 00000000 0000"));
        then(rig.requests).isEmpty();
        then(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }

    @Test
    void addresses_are_read_in_each_form() {
        for (String form : new String[] {"01 | c0000201", "04 | 20010db8000000000000000000000001", "03 | 01 61"}) {
            EmbeddedChannel channel = connection(NamedUsers.NONE);
            feed(channel, Hex.bytes("05 01 00"));
            feed(channel, Hex.bytes("05 01 00 " + form + " | 01bb"));
            channel.finishAndReleaseAll();
        }
        then(rig.requests)
                .extracting(request -> request.destination())
                .containsExactly(
                        Destination.tcp("192.0.2.1", 443),
                        Destination.tcp("2001:db8::1", 443),
                        Destination.tcp("a", 443));
    }

    @Test
    void says_that_no_method_is_right_and_ends() {
        EmbeddedChannel channel = connection(USERS);

        feed(channel, Hex.bytes("05 01 00"));

        then(sent(channel)).isEqualTo(Hex.bytes("05 ff"));
        then(channel.isOpen()).isFalse();
        then(rig.counters().refused(Reason.SECURITY)).isEqualTo(1);
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "01 | 03 616e6e | 05 6f74686572", // another user's password
                "01 | 03 616e6e | 00",
                "01 | 00 | 00",
                "01 | 03 657665 | 06 736563726574", // nobody
                "01 | 03 616e6e | 07 73656372657400",
                "01 | 03 616e6e | 06 d0bfd0b0d180" // no ASCII: Netty's codec makes the same of all such bytes
            })
    void refuses_a_wrong_password_and_ends(String login) {
        EmbeddedChannel channel = connection(USERS);

        feed(channel, Hex.bytes("05 01 02"));
        sent(channel);
        feed(channel, Hex.bytes(login));

        then(sent(channel)).isEqualTo(Hex.bytes("01 ff"));
        then(channel.isOpen()).isFalse();
        then(rig.counters().refused(Reason.UNKNOWN_USER)).isEqualTo(1);
        then(rig.requests).isEmpty();
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(strings = {"04 01 0050 7f000001 00", "16 03 01 02 00", "47 45 54 20 2f", "00"})
    void closes_without_a_byte_what_is_not_socks5(String bytes) {
        EmbeddedChannel channel = connection(NamedUsers.NONE);

        feed(channel, Hex.bytes(bytes));

        then(sent(channel)).isEmpty();
        then(channel.isOpen()).isFalse();
        then(rig.counters().refused(Reason.HEADER)).isEqualTo(1);
        channel.finishAndReleaseAll();
    }

    @Test
    void closes_without_an_answer_when_a_later_message_is_not_of_socks5() {
        EmbeddedChannel login = connection(USERS);
        feed(login, Hex.bytes("05 01 02"));
        sent(login);
        feed(login, Hex.bytes("05 03 616e6e"));
        then(sent(login)).isEmpty();
        then(login.isOpen()).isFalse();

        EmbeddedChannel request = connection(NamedUsers.NONE);
        feed(request, Hex.bytes("05 01 00"));
        sent(request);
        feed(request, Hex.bytes("05 01 00 07 00"));
        then(sent(request)).isEmpty();
        then(request.isOpen()).isFalse();
        login.finishAndReleaseAll();
        request.finishAndReleaseAll();
    }

    @Test
    void reads_all_messages_and_what_is_behind_them_in_any_pieces() {
        byte[] all = Hex.bytes("05 01 02 | 01 03 616e6e 06 736563726574 | " + CONNECT + " | 6261636b");
        byte[] answers = Hex.bytes("05 02 | 01 00 | " + SUCCESS);
        Random random = new Random(20_260_701);
        for (int round = 0; round < 200; round++) {
            DoorRig fresh = new DoorRig();
            EmbeddedChannel channel = fresh.connection(
                    in -> SocksDialogue.begin(in.pipeline(), fresh.door(), USERS, user -> Grant.CONNECT, null));
            for (int at = 0; at < all.length; ) {
                int piece =
                        round == 0 ? 1 : round == 1 ? all.length : Math.min(1 + random.nextInt(12), all.length - at);
                feed(channel, Arrays.copyOfRange(all, at, at + piece));
                at += piece;
            }

            then(sent(channel)).isEqualTo(answers);
            then(fresh.taken()).isEqualTo("back");
            then(fresh.requests)
                    .singleElement()
                    .satisfies(request -> then(request.user()).isEqualTo("ann"));
            then(channel.pipeline().names()).hasSize(2); // the taker, and Netty's tail
            channel.finishAndReleaseAll();
        }
    }

    @Test
    void answers_when_somebody_has_taken_the_request_and_holds_what_comes_before() {
        rig.decides = false;
        EmbeddedChannel channel = connection(NamedUsers.NONE);

        feed(channel, Hex.bytes("05 01 00"));
        sent(channel);
        feed(channel, Hex.bytes(CONNECT + " | 6561726c79"));
        feed(channel, Hex.bytes("21"));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        then(sent(channel)).isEmpty();
        then(rig.taken()).isEmpty();

        rig.decide(channel);
        then(sent(channel)).isEqualTo(Hex.bytes(SUCCESS));
        then(rig.taken()).isEqualTo("early!");
        channel.finishAndReleaseAll();
    }

    @Test
    void tells_why_nothing_comes_of_a_request() {
        thenIsTold(new RefusedException("by a rule"), 2);
        thenIsTold(new TunnelException("x", new ConnectException("refused")), 5);
        thenIsTold(new TunnelException("x", new UnknownHostException("web.home")), 4);
        thenIsTold(new TunnelException("x", new SocketTimeoutException("late")), 4);
        thenIsTold(new TunnelException("no bridge"), 1);
    }

    private void thenIsTold(Throwable cause, int code) {
        rig.failure = cause;
        EmbeddedChannel channel = connection(NamedUsers.NONE);
        feed(channel, Hex.bytes("05 01 00"));
        sent(channel);
        feed(channel, Hex.bytes(CONNECT + " | 6561726c79"));

        then(sent(channel)).isEqualTo(Hex.bytes("05 0" + code + " 00 01 00000000 0000"));
        then(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }

    @Test
    void closes_who_takes_too_long() {
        EmbeddedChannel channel = connection(USERS);
        feed(channel, Hex.bytes("05 01 02"));
        sent(channel);
        for (int second = 0; second < 59; second++) {
            channel.advanceTimeBy(1, TimeUnit.SECONDS);
            channel.runScheduledPendingTasks();
            feed(channel, second == 0 ? Hex.bytes("01 ff") : Hex.bytes("61"));
        }
        then(channel.isOpen()).isTrue();

        channel.advanceTimeBy(2, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();

        then(channel.isOpen()).isFalse();
        then(sent(channel)).isEmpty();
        then(rig.counters().refused(Reason.INCOMPLETE)).isEqualTo(1);
        channel.finishAndReleaseAll();
    }
}
