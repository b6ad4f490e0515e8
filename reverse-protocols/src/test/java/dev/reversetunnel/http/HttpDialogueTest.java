package dev.reversetunnel.http;

import static dev.reversetunnel.door.DoorRig.feed;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Grant;
import dev.reversetunnel.RefusedException;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.door.DoorRig;
import dev.reversetunnel.door.NamedUsers;
import dev.reversetunnel.net.Destination;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Heads by RFC 9110, section 9.3.6. */
class HttpDialogueTest {
    private static final NamedUsers USERS =
            NamedUsers.NONE.with("ann", "se:cret").with("bob", "other");
    private static final String CONNECT = "CONNECT web.home:443 HTTP/1.1\r\nHost: web.home:443\r\n\r\n";
    private static final String CONNECTED = "HTTP/1.1 200 Connection established\r\n\r\n";

    /** ann:se:cret */
    private static final String AS_ANN =
            CONNECT.replace("\r\n\r\n", "\r\nProxy-Authorization: basic YW5uOnNlOmNyZXQ=\r\nUser-Agent: test\r\n\r\n");

    private final DoorRig rig = new DoorRig();

    private EmbeddedChannel connection(NamedUsers users) {
        return rig.connection(
                channel -> HttpDialogue.begin(channel.pipeline(), rig.door(), users, user -> Grant.CONNECT));
    }

    private static String sent(EmbeddedChannel channel) {
        return new String(DoorRig.sent(channel), StandardCharsets.US_ASCII);
    }

    private static void say(EmbeddedChannel channel, String text) {
        feed(channel, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void connects_without_a_password_where_there_are_no_users() {
        EmbeddedChannel channel = connection(NamedUsers.NONE);

        say(channel, CONNECT);

        then(sent(channel)).isEqualTo(CONNECTED);
        then(rig.requests).singleElement().satisfies(request -> {
            then(request.destination()).isEqualTo(Destination.tcp("web.home", 443));
            then(request.user()).isEmpty();
            then(request.grant()).isEqualTo(Grant.CONNECT);
        });
        then(rig.counters().accepted()).isEqualTo(1);
        say(channel, "GET / HTTP/1.1\r\n\r\n");
        then(rig.taken()).as("no codec is left").isEqualTo("GET / HTTP/1.1\r\n\r\n");
        channel.finishAndReleaseAll();
    }

    @Test
    void asks_for_name_and_password_where_there_are_users() {
        EmbeddedChannel channel = connection(USERS);

        say(channel, CONNECT);

        then(sent(channel))
                .startsWith("HTTP/1.1 407 Proxy Authentication Required\r\n")
                .contains("proxy-authenticate: Basic realm=\"proxy\"", "connection: close");
        then(channel.isOpen()).isFalse();
        then(rig.requests).isEmpty();
        then(rig.counters().refused(Reason.UNKNOWN_USER))
                .as("he was only asked")
                .isZero();
        channel.finishAndReleaseAll();
    }

    @Test
    void lets_in_who_knows_a_password() {
        EmbeddedChannel channel = connection(USERS);

        say(channel, AS_ANN);

        then(sent(channel)).isEqualTo(CONNECTED);
        then(rig.requests)
                .singleElement()
                .satisfies(request -> then(request.user()).isEqualTo("ann"));
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Basic YW5uOm90aGVy", // ann:other
                "Basic YW5u", // ann
                "Basic Og==", // :
                "Basic !!!!",
                "Basic",
                "Digest username=\"ann\"",
                "Basic YW5uOnNlOmNyZXQA" // ann:se:cret and a zero
            })
    void asks_again_when_the_password_is_wrong(String credentials) {
        EmbeddedChannel channel = connection(USERS);

        say(channel, CONNECT.replace("\r\n\r\n", "\r\nProxy-Authorization: " + credentials + "\r\n\r\n"));

        then(sent(channel)).startsWith("HTTP/1.1 407 ");
        then(channel.isOpen()).isFalse();
        then(rig.counters().refused(Reason.UNKNOWN_USER)).isEqualTo(1);
        then(rig.requests).isEmpty();
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @CsvSource({
        "GET http://web.home/ HTTP/1.1, 405",
        "GET / HTTP/1.1, 405",
        "OPTIONS * HTTP/1.1, 405",
        "CONNECT web.home HTTP/1.1, 400",
        "CONNECT web.home: HTTP/1.1, 400",
        "CONNECT :443 HTTP/1.1, 400",
        "CONNECT web.home:70000 HTTP/1.1, 400",
        "CONNECT web.home:+443 HTTP/1.1, 400",
        "CONNECT 2001:db8::1:443 HTTP/1.1, 400",
        "CONNECT we b.home:443 HTTP/1.1, 400",
        "CONNECT user@web.home:443 HTTP/1.1, 400"
    })
    void says_what_is_wrong_with_a_request(String line, int status) {
        EmbeddedChannel channel = connection(NamedUsers.NONE);

        say(channel, line + "\r\nHost: web.home\r\n\r\n");

        if (line.startsWith("CONNECT we b")) {
            then(sent(channel)).isEmpty(); // no HTTP at all
        } else {
            then(sent(channel)).startsWith("HTTP/1.1 " + status + " ").endsWith(".\n");
        }
        then(channel.isOpen()).isFalse();
        then(rig.requests).isEmpty();
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 5", "Transfer-Encoding: chunked"})
    void takes_no_body(String header) {
        EmbeddedChannel channel = connection(NamedUsers.NONE);

        say(channel, CONNECT.replace("\r\n\r\n", "\r\n" + header + "\r\n\r\n"));

        then(sent(channel)).startsWith("HTTP/1.1 400 ");
        then(rig.requests).isEmpty();
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @CsvSource({"web.home:443, web.home, 443", "192.0.2.1:80, 192.0.2.1, 80", "[2001:db8::1]:22, 2001:db8::1, 22"})
    void reads_and_writes_addresses_in_each_form(String text, String host, int port) {
        then(HttpAuthority.parse(text)).isEqualTo(Destination.tcp(host, port));
        then(HttpAuthority.format(Destination.tcp(host, port))).isEqualTo(text);
    }

    @Test
    void limits_the_head() {
        EmbeddedChannel line = connection(NamedUsers.NONE);
        say(line, "GET /" + "a".repeat(1_100) + " HTTP/1.1\r\n\r\n");
        then(sent(line)).startsWith("HTTP/1.1 431 ");
        then(line.isOpen()).isFalse();

        EmbeddedChannel headers = connection(NamedUsers.NONE);
        say(headers, "CONNECT web.home:443 HTTP/1.1\r\n");
        for (int count = 0; count < 100 && headers.isOpen(); count++) {
            say(headers, "X-" + count + ": " + "a".repeat(60) + "\r\n");
        }
        then(sent(headers)).startsWith("HTTP/1.1 431 ");
        then(headers.isOpen()).isFalse();
        then(rig.requests).isEmpty();
        line.finishAndReleaseAll();
        headers.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0005\u0001\u0000\n\n", "hello\r\n\r\n", "SSH-2.0-OpenSSH_9.6\r\n"})
    void closes_without_a_byte_what_is_not_http(String text) {
        EmbeddedChannel channel = connection(NamedUsers.NONE);

        say(channel, text);

        then(sent(channel)).isEmpty();
        then(channel.isOpen()).isFalse();
        then(rig.counters().refused(Reason.HEADER)).isEqualTo(1);
        channel.finishAndReleaseAll();
    }

    @Test
    void reads_the_head_and_what_is_behind_it_in_any_pieces() {
        byte[] all = (AS_ANN + "\r\nback").getBytes(StandardCharsets.US_ASCII);
        Random random = new Random(20_260_702);
        for (int round = 0; round < 200; round++) {
            DoorRig fresh = new DoorRig();
            EmbeddedChannel channel = fresh.connection(
                    in -> HttpDialogue.begin(in.pipeline(), fresh.door(), USERS, user -> Grant.CONNECT));
            for (int at = 0; at < all.length; ) {
                int piece =
                        round == 0 ? 1 : round == 1 ? all.length : Math.min(1 + random.nextInt(80), all.length - at);
                feed(channel, Arrays.copyOfRange(all, at, at + piece));
                at += piece;
            }

            then(sent(channel)).isEqualTo(CONNECTED);
            then(fresh.taken()).isEqualTo("\r\nback");
            then(channel.pipeline().names()).hasSize(2); // the taker, and Netty's tail
            channel.finishAndReleaseAll();
        }
    }

    @Test
    void answers_when_somebody_has_taken_the_request_and_holds_what_comes_before() {
        rig.decides = false;
        EmbeddedChannel channel = connection(NamedUsers.NONE);

        say(channel, CONNECT + "early");
        say(channel, "!");
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        then(sent(channel)).isEmpty();
        then(rig.taken()).isEmpty();

        rig.decide(channel);
        then(sent(channel)).isEqualTo(CONNECTED);
        then(rig.taken()).isEqualTo("early!");
        channel.finishAndReleaseAll();
    }

    @Test
    void tells_why_nothing_comes_of_a_request() {
        thenIsTold(new RefusedException("by a rule"), "403 Forbidden");
        thenIsTold(new TunnelException("x", new ConnectException("refused")), "502 Bad Gateway");
        thenIsTold(new TunnelException("x", new SocketTimeoutException("late")), "504 Gateway Timeout");
        thenIsTold(new TunnelException("no bridge"), "502 Bad Gateway");
    }

    private void thenIsTold(Throwable cause, String status) {
        rig.failure = cause;
        EmbeddedChannel channel = connection(NamedUsers.NONE);
        say(channel, CONNECT + "early");

        then(sent(channel)).isEqualTo("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        then(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }

    @Test
    void closes_who_takes_too_long() {
        EmbeddedChannel channel = connection(USERS);
        say(channel, "CONNECT web.home:443 HTTP/1.1\r\nX: ");
        for (int second = 0; second < 59; second++) {
            channel.advanceTimeBy(1, TimeUnit.SECONDS);
            channel.runScheduledPendingTasks();
            say(channel, "a");
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
