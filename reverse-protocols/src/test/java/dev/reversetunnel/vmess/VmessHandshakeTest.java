package dev.reversetunnel.vmess;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Grant;
import dev.reversetunnel.Request;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.Fnv1a;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.door.DoorHandshake;
import dev.reversetunnel.kit.CleanBuffers;
import dev.reversetunnel.net.Destination;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VmessHandshakeTest {
    private static final long NOW = 1_767_225_600L;
    private static final UserKey SHOP = UserKey.of("b831381d-6324-4d53-ad4f-8cda48b30811");
    private static final UserKey HOME = UserKey.of("another user");
    private static final List<VmessUser> USERS = List.of(new VmessUser("home", HOME), new VmessUser("shop", SHOP));

    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    private final ServerRig server = new ServerRig(buffers.allocator(), NOW, false, USERS);

    private static VmessRequest request(int options, VmessSecurity security) {
        return VmessRequest.random(Destination.tcp("reverse.shop.internal", 0), security, options, Randomness.secure());
    }

    private static byte[] opening(UserKey user, long seconds) {
        return RequestHeader.seal(user, request(0x0d, VmessSecurity.AES_128_GCM), seconds, Randomness.secure());
    }

    private void thenIsHeldInSilence(byte[] opening, Reason reason) {
        EmbeddedChannel channel = server.connection();
        ServerRig.feed(channel, buffers.of(opening));
        channel.advanceTimeBy(59, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        if (reason != Reason.INCOMPLETE) {
            ServerRig.feed(channel, buffers.of(new byte[10_000]));
        }
        then(channel.isOpen()).as("open until the time is up").isTrue();
        then(channel.<Object>readOutbound()).as("a byte for a stranger").isNull();
        then(server.receivers).isEmpty();

        channel.advanceTimeBy(1, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        then(channel.isOpen()).as("open after its time was up").isFalse();
        then(server.book.counters().refused()).containsOnlyKeys(reason);
        channel.finishAndReleaseAll();
    }

    @Test
    void hands_over_who_asked_for_what() {
        EmbeddedChannel channel = server.connection(ServerRig.peer("192.0.2.7", 1234));
        ServerRig.feed(channel, buffers.of(opening(SHOP, NOW)));

        then(server.requests)
                .containsExactly(new Request(
                        Destination.tcp("reverse.shop.internal", 0),
                        "vmess-in",
                        "shop",
                        Grant.REGISTER,
                        ServerRig.peer("192.0.2.7", 1234),
                        null));
        then(server.book.counters().accepted()).isEqualTo(1);
        then(channel.pipeline().get(DoorHandshake.class)).isNull();
        channel.advanceTimeBy(61, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        then(channel.isOpen()).as("open beyond the handshake's time").isTrue();
        channel.finishAndReleaseAll();
    }

    @Test
    void knows_each_of_several_users() {
        for (UserKey user : List.of(SHOP, HOME, SHOP)) {
            EmbeddedChannel channel = server.connection();
            ServerRig.feed(channel, buffers.of(opening(user, NOW)));
            channel.finishAndReleaseAll();
        }

        then(server.requests.stream().map(Request::user)).containsExactly("shop", "home", "shop");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 41, 42, 54, 200, 2_000, 20_000})
    void holds_random_bytes_in_silence(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);

        thenIsHeldInSilence(bytes, length < AuthId.BYTES ? Reason.INCOMPLETE : Reason.UNKNOWN_USER);
    }

    @Test
    void holds_an_unknown_user_in_silence() {
        thenIsHeldInSilence(opening(UserKey.of("nobody"), NOW), Reason.UNKNOWN_USER);
    }

    @ParameterizedTest
    @ValueSource(ints = {-183, -130, 130, 183})
    void holds_a_wrong_clock_in_silence(int ahead) {
        thenIsHeldInSilence(opening(SHOP, NOW + ahead), Reason.CLOCK);
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 33, 34, 41, 50, 100})
    void holds_a_changed_opening_in_silence(int at) {
        byte[] opening = opening(SHOP, NOW);
        opening[at] ^= 1;

        thenIsHeldInSilence(opening, Reason.HEADER);
    }

    @Test
    void accepts_no_opening_of_which_one_bit_was_flipped() {
        byte[] opening = opening(SHOP, NOW);
        for (int bit = 0; bit < opening.length * 8; bit++) {
            byte[] changed = opening.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            EmbeddedChannel channel = server.connection();
            ServerRig.feed(channel, buffers.of(changed));
            then(channel.isOpen()).as("open with bit %d flipped", bit).isTrue();
            then(channel.<Object>readOutbound()).isNull();
            channel.finishAndReleaseAll();
        }
        then(server.requests).isEmpty();

        // none of them has used the real one up
        EmbeddedChannel channel = server.connection();
        ServerRig.feed(channel, buffers.of(opening));
        then(server.requests).hasSize(1);
        channel.finishAndReleaseAll();
    }

    @Test
    void accepts_no_opening_that_was_cut() {
        byte[] opening = opening(SHOP, NOW);
        for (int length = 0; length < opening.length; length++) {
            EmbeddedChannel channel = server.connection();
            ServerRig.feed(channel, buffers.of(Arrays.copyOf(opening, length)));
            then(channel.isOpen()).as("open after %d bytes", length).isTrue();
            ServerRig.end(channel);
            then(channel.isOpen()).isFalse();
            then(channel.<Object>readOutbound()).isNull();
            channel.finishAndReleaseAll();
        }
        then(server.requests).isEmpty();
    }

    @Test
    void holds_a_replayed_opening_in_silence() {
        byte[] opening = opening(SHOP, NOW);
        EmbeddedChannel first = server.connection();
        ServerRig.feed(first, buffers.of(opening));
        first.finishAndReleaseAll();
        server.receivers.clear();

        thenIsHeldInSilence(opening, Reason.REPLAY);
    }

    @Test
    void holds_who_says_nothing_until_the_time_is_up() {
        thenIsHeldInSilence(new byte[0], Reason.INCOMPLETE);
    }

    @Test
    void ends_at_once_when_the_peer_ends() {
        EmbeddedChannel channel = server.connection();
        ServerRig.feed(channel, buffers.of(new byte[20]));
        ServerRig.end(channel);

        then(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }

    @Test
    void closes_at_once_when_somebody_who_has_the_key_breaks_a_rule() {
        EmbeddedChannel channel = server.connection();
        byte[] opening = RequestHeader.seal(SHOP, request(0x09, VmessSecurity.AES_128_GCM), NOW, Randomness.secure());
        ServerRig.feed(channel, buffers.of(opening));

        then(channel.isOpen()).isFalse();
        then(channel.<Object>readOutbound()).isNull();
        then(server.book.counters().refused(Reason.OPTION)).isEqualTo(1);
        channel.finishAndReleaseAll();
    }

    @Test
    void bears_every_combination_of_option_and_security() {
        ServerRig roomy = new ServerRig(buffers.allocator(), NOW, false, USERS, 10, 10, 5_000);
        int accepted = 0;
        for (int options = 0; options < 256; options++) {
            for (int security = 0; security < 16; security++) {
                byte[] block = RequestHeader.instructions(request(options, VmessSecurity.NONE), new byte[3]);
                block[35] = (byte) (3 << 4 | security);
                int sum = Fnv1a.of(block, 0, block.length - 4);
                ByteBuffer.wrap(block).putInt(block.length - 4, sum);
                byte[] authId = AuthId.seal(SHOP, NOW, Randomness.secure().bytes(4));
                EmbeddedChannel channel = roomy.connection();
                ServerRig.feed(
                        channel,
                        buffers.of(RequestHeader.seal(
                                SHOP, block, authId, Randomness.secure().bytes(8))));
                accepted += channel.isOpen() ? 1 : 0;
                boolean isLegal = security >= 3 && security <= 5 && ((options & 0x0c) != 0x08);
                then(channel.isOpen())
                        .as("options %d, security %d", options, security)
                        .isEqualTo(isLegal);
                channel.finishAndReleaseAll();
            }
        }
        then(accepted).isEqualTo(3 * 192);
    }

    @Test
    void refuses_no_encryption_from_another_machine_unless_it_is_allowed() {
        byte[] first = RequestHeader.seal(SHOP, request(0x05, VmessSecurity.NONE), NOW, Randomness.secure());
        byte[] second = RequestHeader.seal(SHOP, request(0x05, VmessSecurity.NONE), NOW, Randomness.secure());
        byte[] third = RequestHeader.seal(SHOP, request(0x05, VmessSecurity.NONE), NOW, Randomness.secure());
        ServerRig lenient = new ServerRig(buffers.allocator(), NOW, true, USERS);

        EmbeddedChannel far = server.connection(ServerRig.peer("192.0.2.7", 1234));
        ServerRig.feed(far, buffers.of(first));
        EmbeddedChannel near = server.connection(ServerRig.peer("127.0.0.1", 1234));
        ServerRig.feed(near, buffers.of(second));
        EmbeddedChannel farButAllowed = lenient.connection(ServerRig.peer("192.0.2.7", 1234));
        ServerRig.feed(farButAllowed, buffers.of(third));

        then(List.of(far.isOpen(), near.isOpen(), farButAllowed.isOpen())).containsExactly(false, true, true);
        then(server.book.counters().refused(Reason.INSECURE)).isEqualTo(1);
        List.of(far, near, farButAllowed).forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    @ParameterizedTest
    @ValueSource(ints = {-120, -119, -110, -1, 0, 1, 110, 119, 120})
    void accepts_an_opening_once_however_late_it_is_repeated(int skew) {
        ServerRig fresh = new ServerRig(buffers.allocator(), NOW, false, USERS);
        byte[] opening = opening(SHOP, NOW + skew);
        int accepted = 0;
        for (int second = 0; second <= 250; second++) {
            fresh.clock.setSecond(NOW + second);
            EmbeddedChannel channel = fresh.connection();
            ServerRig.feed(channel, buffers.of(opening));
            accepted += channel.pipeline().get(DoorHandshake.class) == null ? 1 : 0;
            channel.finishAndReleaseAll();
        }
        fresh.clock.setSecond(NOW);
        EmbeddedChannel afterSettingBack = fresh.connection();
        ServerRig.feed(afterSettingBack, buffers.of(opening));

        then(accepted).isEqualTo(1);
        then(afterSettingBack.pipeline().get(DoorHandshake.class)).isNotNull();
        afterSettingBack.finishAndReleaseAll();
    }

    @Test
    void refuses_when_no_more_openings_can_be_remembered() {
        ServerRig small = new ServerRig(buffers.allocator(), NOW, false, USERS, 10, 10, 3);
        for (int i = 0; i < 5; i++) {
            EmbeddedChannel channel = small.connection();
            ServerRig.feed(channel, buffers.of(opening(SHOP, NOW)));
            channel.finishAndReleaseAll();
        }

        then(small.book.counters().accepted()).isEqualTo(3);
        then(small.book.counters().refused(Reason.REPLAY_SET_FULL)).isEqualTo(2);
    }

    @Test
    void closes_the_oldest_stranger_when_there_are_too_many() {
        ServerRig small = new ServerRig(buffers.allocator(), NOW, false, USERS, 4, 2, 10);
        List<EmbeddedChannel> channels = new ArrayList<>();
        for (String host : List.of("192.0.2.1", "192.0.2.1", "192.0.2.1", "2001:db8::1", "2001:db8::2", "192.0.2.9")) {
            channels.add(small.connection(ServerRig.peer(host, 1)));
            channels.forEach(EmbeddedChannel::runPendingTasks);
        }

        then(channels.stream().map(EmbeddedChannel::isOpen)).containsExactly(false, false, true, true, true, true);
        then(small.book.counters().evicted()).isEqualTo(2);

        // an IPv6 machine has 64 bits of its own
        channels.add(small.connection(ServerRig.peer("2001:db8::3", 1)));
        channels.forEach(EmbeddedChannel::runPendingTasks);
        then(channels.get(3).isOpen()).isFalse();
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    @Test
    void does_not_count_those_who_have_authenticated_as_strangers() {
        ServerRig small = new ServerRig(buffers.allocator(), NOW, false, USERS, 1, 1, 10);
        List<EmbeddedChannel> channels = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            EmbeddedChannel channel = small.connection();
            ServerRig.feed(channel, buffers.of(opening(SHOP, NOW)));
            channels.add(channel);
        }
        channels.forEach(EmbeddedChannel::runPendingTasks);

        then(channels).allMatch(EmbeddedChannel::isOpen);
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    @Test
    void keeps_little_of_a_stranger() {
        EmbeddedChannel channel = server.connection();
        for (byte[] piece : VmessSessionVectorsTest.segmentations(Arrays.copyOf(opening(SHOP, NOW), 90))
                .get(1)) {
            ServerRig.feed(channel, buffers.of(piece));
        }

        then(buffers.allocator().metric().usedHeapMemory()
                        + buffers.allocator().metric().usedDirectMemory())
                .isZero();
        channel.finishAndReleaseAll();
    }
}
