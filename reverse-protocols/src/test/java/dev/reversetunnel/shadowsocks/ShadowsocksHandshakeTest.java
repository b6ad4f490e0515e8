package dev.reversetunnel.shadowsocks;

import static dev.reversetunnel.shadowsocks.ShadowsocksRig.NOW;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Command;
import dev.reversetunnel.Grant;
import dev.reversetunnel.Request;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.door.DoorHandshake;
import dev.reversetunnel.door.Manner;
import dev.reversetunnel.kit.CleanBuffers;
import dev.reversetunnel.kit.DoorRig;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, and what the others see. */
class ShadowsocksHandshakeTest {
    private static final Destination TUNNEL = Destination.tcp("reverse.shop.internal", 0);
    private static final ShadowsocksMethod OLD = ShadowsocksMethod.AES_128_GCM;
    private static final ShadowsocksMethod NEW = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022;
    private static final ShadowsocksMethod NEW_256 = ShadowsocksMethod.BLAKE3_AES_256_GCM_2022;
    private static final byte[] NOTHING = {};

    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    private ShadowsocksRig rig(ShadowsocksUser... users) {
        return new ShadowsocksRig(buffers.allocator(), List.of(users));
    }

    private static ShadowsocksUser newUser(String name, ShadowsocksMethod method) {
        return ShadowsocksRig.user(name, method, method.newPassword());
    }

    private static byte[] opening(ShadowsocksUser user, long seconds, byte[] payload) {
        return opening(new ClientKey(List.of(), user.key()), user.method(), TUNNEL, seconds, payload);
    }

    private static byte[] opening(
            ClientKey key, ShadowsocksMethod method, Destination destination, long seconds, byte[] payload) {
        RequestSealer sealer = new RequestSealer(
                method,
                key,
                Randomness.secure().bytes(method.saltBytes()),
                destination,
                () -> seconds,
                Randomness.secure(),
                null);
        byte[] out = new byte[70_000];
        return Arrays.copyOf(out, sealer.seal(payload, 0, payload.length, out, 0));
    }

    private EmbeddedChannel sent(ShadowsocksRig rig, byte[] bytes) {
        EmbeddedChannel channel = rig.connection(DoorRig.peer("192.0.2.7", 1234));
        DoorRig.feed(channel, buffers.of(bytes));
        return channel;
    }

    // ---- who is let in ----

    @ParameterizedTest
    @EnumSource
    void hands_over_who_asked_for_what(ShadowsocksMethod method) {
        ShadowsocksUser shop = newUser("shop", method);
        ShadowsocksRig rig = rig(shop);
        EmbeddedChannel channel = sent(rig, opening(shop, NOW, NOTHING));

        then(rig.requests)
                .containsExactly(
                        new Request(TUNNEL, "ss-in", "shop", Grant.BOTH, DoorRig.peer("192.0.2.7", 1234), null));
        then(rig.book.counters().accepted()).isEqualTo(1);
        then(channel.pipeline().get(DoorHandshake.class)).isNull();
        channel.advanceTimeBy(61, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        then(channel.isOpen()).as("open beyond the handshake's time").isTrue();
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @EnumSource
    void hands_over_the_first_payload_when_somebody_reads(ShadowsocksMethod method) {
        ShadowsocksUser shop = newUser("shop", method);
        ShadowsocksRig rig = rig(shop);
        rig.reads = false;
        byte[] payload = new byte[5_000];
        new Random(1).nextBytes(payload);
        EmbeddedChannel channel = sent(rig, opening(shop, NOW, payload));
        then(rig.receivers.get(0).bytes()).isEmpty();

        channel.config().setAutoRead(true);
        channel.runPendingTasks();
        then(rig.receivers.get(0).bytes()).isEqualTo(payload);
        channel.finishAndReleaseAll();
    }

    @Test
    void a_payload_that_nobody_read_is_released() {
        ShadowsocksUser shop = newUser("shop", NEW);
        ShadowsocksRig rig = rig(shop);
        rig.reads = false;
        sent(rig, opening(shop, NOW, new byte[3_000])).finishAndReleaseAll();
    }

    @Test
    void knows_mux_by_its_name() {
        ShadowsocksUser shop = newUser("shop", NEW);
        ShadowsocksRig rig = rig(shop);
        byte[] opening =
                opening(new ClientKey(List.of(), shop.key()), NEW, Destination.tcp("v1.mux.cool", 9527), NOW, NOTHING);
        sent(rig, opening).finishAndReleaseAll();
        then(rig.requests.get(0).command()).isEqualTo(Command.MUX);
    }

    @Test
    void knows_each_of_several_users_of_2017_whatever_their_methods() {
        List<ShadowsocksUser> users = List.of(
                newUser("one", ShadowsocksMethod.AES_128_GCM),
                newUser("two", ShadowsocksMethod.AES_256_GCM),
                newUser("three", ShadowsocksMethod.CHACHA20_IETF_POLY1305),
                newUser("four", ShadowsocksMethod.AES_128_GCM));
        ShadowsocksRig rig = rig(users.toArray(ShadowsocksUser[]::new));
        for (ShadowsocksUser user : users) {
            byte[] opening = opening(user, NOW, new byte[100]);
            EmbeddedChannel channel = rig.connection();
            for (byte next : opening) {
                DoorRig.feed(channel, buffers.of(new byte[] {next}));
            }
            then(rig.receivers.get(rig.receivers.size() - 1).bytes()).hasSize(100);
            channel.finishAndReleaseAll();
        }
        then(rig.requests.stream().map(Request::user)).containsExactly("one", "two", "three", "four");
    }

    @ParameterizedTest
    @EnumSource(names = {"BLAKE3_AES_128_GCM_2022", "BLAKE3_AES_256_GCM_2022"})
    void knows_each_of_several_users_of_2022_by_the_identity_header(ShadowsocksMethod method) {
        UserKey server = UserKey.of(method, "key", method.newPassword());
        ShadowsocksUser one = newUser("one", method);
        ShadowsocksUser two = newUser("two", method);
        ShadowsocksRig rig = new ShadowsocksRig(buffers.allocator(), server, List.of(one, two));
        for (ShadowsocksUser user : List.of(two, one, two)) {
            byte[] opening = opening(new ClientKey(List.of(server), user.key()), method, TUNNEL, NOW, NOTHING);
            sent(rig, opening).finishAndReleaseAll();
        }
        then(rig.requests.stream().map(Request::user)).containsExactly("two", "one", "two");
        sent(rig, opening(one, NOW, NOTHING)).finishAndReleaseAll();
        then(rig.book.counters().refused()).containsOnlyKeys(Reason.UNKNOWN_USER);
    }

    // ---- 2017: silence ----

    private void thenIsHeldInSilence(ShadowsocksRig rig, byte[] bytes, Reason reason) {
        int served = rig.requests.size();
        EmbeddedChannel channel = sent(rig, bytes);
        channel.advanceTimeBy(59, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        if (reason != Reason.INCOMPLETE) {
            DoorRig.feed(channel, buffers.of(new byte[10_000]));
        }
        then(channel.isOpen()).as("open until the time is up").isTrue();
        then(channel.<Object>readOutbound()).as("a byte for a stranger").isNull();
        then(rig.requests).hasSize(served);

        channel.advanceTimeBy(1, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        then(channel.isOpen()).as("open after its time was up").isFalse();
        then(rig.book.counters().refused()).containsOnlyKeys(reason);
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 33, 34, 49, 50, 51, 57, 200, 2_000, 20_000})
    void holds_random_bytes_in_silence(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        thenIsHeldInSilence(rig(newUser("shop", OLD)), bytes, length < 34 ? Reason.INCOMPLETE : Reason.UNKNOWN_USER);
    }

    @Test
    void holds_an_unknown_user_in_silence() {
        thenIsHeldInSilence(
                rig(newUser("shop", OLD)), opening(newUser("other", OLD), NOW, NOTHING), Reason.UNKNOWN_USER);
    }

    @Test
    void holds_an_opening_of_2017_in_silence_that_came_before() {
        ShadowsocksUser shop = newUser("shop", OLD);
        ShadowsocksRig rig = rig(shop);
        byte[] opening = opening(shop, NOW, new byte[10]);
        sent(rig, opening).finishAndReleaseAll();
        then(rig.requests).hasSize(1);
        thenIsHeldInSilence(rig, opening, Reason.REPLAY);
    }

    @Test
    void holds_the_beginning_of_an_opening_in_silence_that_came_before() {
        ShadowsocksUser shop = newUser("shop", OLD);
        ShadowsocksRig rig = rig(shop);
        byte[] opening = opening(shop, NOW, new byte[10]);
        sent(rig, opening).finishAndReleaseAll();
        thenIsHeldInSilence(rig, Arrays.copyOf(opening, 34), Reason.REPLAY);
    }

    @Test
    void holds_what_the_server_has_sent_itself_in_silence() {
        ShadowsocksUser shop = newUser("shop", OLD);
        ShadowsocksRig rig = rig(shop);
        EmbeddedChannel channel = sent(rig, opening(shop, NOW, NOTHING));
        byte[] address = {1, 127, 0, 0, 1, 0, 80, 'x'}; // an origin that answers with an address
        channel.writeAndFlush(buffers.of(address));
        ByteBuf answer = channel.readOutbound();
        byte[] reflected = new byte[answer.readableBytes()];
        answer.readBytes(reflected);
        answer.release();
        channel.finishAndReleaseAll();

        thenIsHeldInSilence(rig, reflected, Reason.REPLAY);
    }

    @Test
    void an_opening_that_was_changed_does_not_burn_the_right_one() {
        ShadowsocksUser shop = newUser("shop", OLD);
        ShadowsocksRig rig = rig(shop);
        byte[] opening = opening(shop, NOW, NOTHING);
        byte[] changed = opening.clone();
        changed[40] ^= 1; // behind the first length
        thenIsHeldInSilence(rig, changed, Reason.HEADER);
        sent(rig, opening).finishAndReleaseAll();
        then(rig.requests).hasSize(1);
    }

    // ---- 2022: reset ----

    private void thenIsResetAtOnce(ShadowsocksRig rig, byte[] bytes, Reason reason) {
        int served = rig.requests.size();
        EmbeddedChannel channel = sent(rig, bytes);
        then(channel.isOpen()).isFalse();
        then(channel.<Object>readOutbound()).as("a byte for a stranger").isNull();
        then(rig.requests).hasSize(served);
        then(rig.book.counters().refused()).containsOnlyKeys(reason);
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 42, 43, 44, 59, 200, 2_000, 20_000})
    void resets_random_bytes_at_once(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        thenIsResetAtOnce(rig(newUser("shop", NEW)), bytes, length < 43 ? Reason.HEADER : Reason.UNKNOWN_USER);
    }

    @Test
    void resets_an_unknown_user_at_once() {
        thenIsResetAtOnce(rig(newUser("shop", NEW)), opening(newUser("other", NEW), NOW, NOTHING), Reason.UNKNOWN_USER);
    }

    @ParameterizedTest
    @ValueSource(longs = {-3_600, -31, 31, 3_600, Long.MAX_VALUE - NOW, Long.MIN_VALUE})
    void resets_a_wrong_clock_at_once(long off) {
        ShadowsocksUser shop = newUser("shop", NEW);
        thenIsResetAtOnce(rig(shop), opening(shop, NOW + off, NOTHING), Reason.CLOCK);
    }

    @ParameterizedTest
    @ValueSource(longs = {-30, -1, 0, 30})
    void takes_a_clock_that_is_off_by_30_seconds(long off) {
        ShadowsocksUser shop = newUser("shop", NEW);
        ShadowsocksRig rig = rig(shop);
        sent(rig, opening(shop, NOW + off, NOTHING)).finishAndReleaseAll();
        then(rig.requests).hasSize(1);
    }

    /** At each second from when it was made until long after it can be valid, whatever the client's clock says. */
    @Test
    void never_takes_an_opening_of_2022_twice() {
        ShadowsocksUser shop = newUser("shop", NEW_256);
        for (long off = -30; off <= 30; off += 6) {
            byte[] opening = opening(shop, NOW + off, NOTHING);
            ShadowsocksRig rig = rig(shop);
            sent(rig, opening).finishAndReleaseAll();
            then(rig.requests).hasSize(1);
            for (long second = 0; second <= 130; second++) {
                rig.clock.setSecond(NOW + second);
                sent(rig, opening).finishAndReleaseAll();
                then(rig.requests)
                        .as("clock %d s off, again after %d s", off, second)
                        .hasSize(1);
            }
            rig.clock.setSecond(NOW - 3_600); // set back
            sent(rig, opening).finishAndReleaseAll();
            rig.clock.setSecond(NOW);
            sent(rig, opening).finishAndReleaseAll();
            then(rig.requests).hasSize(1);
        }
    }

    @Test
    void refuses_all_when_no_more_openings_can_be_remembered() {
        ShadowsocksUser shop = newUser("shop", NEW);
        ShadowsocksRig rig = new ShadowsocksRig(buffers.allocator(), null, List.of(shop), Manner.RESET, 2);
        for (int i = 0; i < 3; i++) {
            sent(rig, opening(shop, NOW, NOTHING)).finishAndReleaseAll();
        }
        then(rig.requests).hasSize(2);
        then(rig.book.counters().refused()).containsOnlyKeys(Reason.REPLAY_SET_FULL);
        rig.clock.setSecond(NOW + 31);
        sent(rig, opening(shop, NOW + 31, NOTHING)).finishAndReleaseAll();
        then(rig.requests).hasSize(3);
    }

    @Test
    void waits_for_the_variable_header_until_the_deadline() {
        ShadowsocksUser shop = newUser("shop", NEW);
        ShadowsocksRig rig = rig(shop);
        byte[] opening = opening(shop, NOW, NOTHING);
        EmbeddedChannel channel = sent(rig, Arrays.copyOf(opening, 43));
        then(channel.isOpen()).isTrue();
        channel.advanceTimeBy(60, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        then(channel.isOpen()).isFalse();
        then(rig.book.counters().refused()).containsOnlyKeys(Reason.INCOMPLETE);
        channel.finishAndReleaseAll();
    }

    @Test
    void the_first_read_need_not_hold_everything_where_somebody_else_cuts_the_stream() {
        ShadowsocksUser shop = newUser("shop", NEW);
        ShadowsocksRig rig = new ShadowsocksRig(buffers.allocator(), null, List.of(shop), Manner.CLOSE, 10);
        EmbeddedChannel channel = rig.connection();
        for (byte next : opening(shop, NOW, new byte[10])) {
            DoorRig.feed(channel, buffers.of(new byte[] {next}));
        }
        then(rig.receivers.get(0).bytes()).hasSize(10);
        channel.finishAndReleaseAll();
    }

    @Test
    void somebody_who_leaves_without_a_word_is_let_go() {
        ShadowsocksRig rig = rig(newUser("shop", NEW));
        EmbeddedChannel channel = rig.connection();
        DoorRig.end(channel);
        then(channel.isOpen()).isFalse();
        then(rig.book.counters().refused()).containsOnlyKeys(Reason.INCOMPLETE);
        channel.finishAndReleaseAll();
    }
}
