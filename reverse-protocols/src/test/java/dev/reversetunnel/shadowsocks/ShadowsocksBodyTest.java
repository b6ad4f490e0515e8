package dev.reversetunnel.shadowsocks;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.OutputShutdown;
import dev.reversetunnel.body.BodyEncoder;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.kit.CleanBuffers;
import dev.reversetunnel.kit.DoorRig;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens between an opening and an end. */
class ShadowsocksBodyTest {
    private static final Destination WEB = Destination.tcp("web.example", 80);
    private static final ShadowsocksMethod OLD = ShadowsocksMethod.AES_128_GCM;
    private static final ShadowsocksMethod NEW = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022;
    private static final int SALT = 16;
    private static final int OLD_OPENING = SALT + 18 + (4 + 11) + 16;

    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    private @Nullable EmbeddedTunnel opened;

    private EmbeddedTunnel open(ShadowsocksMethod method) {
        EmbeddedTunnel tunnel = new EmbeddedTunnel(buffers.allocator(), method, WEB);
        opened = tunnel;
        return tunnel;
    }

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private void shutdownOutput(EmbeddedChannel channel) {
        then(channel.pipeline().get(BodyEncoder.class)).isInstanceOf(OutputShutdown.class);
        channel.pipeline().get(BodyEncoder.class).shutdownOutput();
    }

    @ParameterizedTest
    @EnumSource
    void bytes_come_through_in_both_directions(ShadowsocksMethod method) {
        EmbeddedTunnel tunnel = open(method);
        byte[] up = random(200_000);
        byte[] down = random(300_000);
        tunnel.client.writeAndFlush(buffers.of(up));
        tunnel.pump();
        tunnel.server.writeAndFlush(buffers.of(down));
        tunnel.pump();

        then(tunnel.rig.requests.get(0).destination()).isEqualTo(WEB);
        then(tunnel.serverReceiver().bytes()).isEqualTo(up);
        then(tunnel.clientReceiver.bytes()).isEqualTo(down);
    }

    // ---- the opening ----

    @Test
    void the_opening_and_the_first_payload_are_one_write() {
        EmbeddedTunnel old = open(OLD);
        old.client.writeAndFlush(buffers.of(random(100)));
        old.pump();
        then(old.clientWrites).containsExactly(OLD_OPENING + 18 + 100 + 16);
        old.close();

        EmbeddedTunnel tunnel = open(NEW);
        tunnel.client.writeAndFlush(buffers.of(random(2_000)));
        tunnel.pump();
        then(tunnel.clientWrites).containsExactly(SALT + 27 + (4 + 11 + 2 + 2_000) + 16);
        then(tunnel.serverReceiver().bytes()).hasSize(2_000);
    }

    @Test
    void a_small_payload_is_padded_in_2022() {
        EmbeddedTunnel tunnel = open(NEW);
        tunnel.client.writeAndFlush(buffers.of(random(10)));
        tunnel.pump();
        then(tunnel.clientWrites).hasSize(1);
        then(tunnel.clientWrites.get(0)).isBetween(SALT + 27 + 17 + 10 + 1 + 16, SALT + 27 + 17 + 10 + 900 + 16);
    }

    @ParameterizedTest
    @EnumSource(names = {"AES_128_GCM", "BLAKE3_AES_128_GCM_2022"})
    void the_opening_goes_alone_when_no_payload_comes_for_100_ms(ShadowsocksMethod method) {
        EmbeddedTunnel tunnel = open(method);
        tunnel.client.advanceTimeBy(99, TimeUnit.MILLISECONDS);
        tunnel.client.runScheduledPendingTasks();
        tunnel.pump();
        then(tunnel.clientWrites).isEmpty();
        tunnel.client.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        tunnel.client.runScheduledPendingTasks();
        tunnel.pump();
        then(tunnel.clientWrites).hasSize(1);
        then(tunnel.rig.requests).hasSize(1);

        tunnel.client.writeAndFlush(buffers.of(random(10)));
        tunnel.pump();
        then(tunnel.clientWrites.get(1)).isEqualTo(18 + 10 + 16);
        then(tunnel.serverReceiver().bytes()).hasSize(10);
    }

    @ParameterizedTest
    @EnumSource(names = {"AES_128_GCM", "BLAKE3_AES_128_GCM_2022"})
    void a_flush_without_payload_sends_the_opening_as_for_a_tunnel(ShadowsocksMethod method) {
        EmbeddedTunnel tunnel = open(method);
        tunnel.client.flush();
        tunnel.pump();
        then(tunnel.clientWrites).hasSize(1);
        then(tunnel.rig.requests).hasSize(1);
    }

    @Test
    void the_opening_holds_the_time_of_its_sending() {
        EmbeddedTunnel tunnel = open(NEW);
        tunnel.rig.clock.setSecond(ShadowsocksRig.NOW + 3_600);
        tunnel.client.flush();
        tunnel.pump();
        then(tunnel.rig.requests).hasSize(1);
    }

    // ---- chunks ----

    @ParameterizedTest
    @EnumSource(names = {"AES_128_GCM", "BLAKE3_AES_128_GCM_2022"})
    void chunks_are_as_large_as_may_be_and_small_writes_share_one(ShadowsocksMethod method) {
        EmbeddedTunnel tunnel = open(method);
        tunnel.client.flush();
        tunnel.pump();
        tunnel.clientWrites.clear();
        int most = method == OLD ? 16_383 : 32_768;
        tunnel.client.writeAndFlush(buffers.of(random(3 * most)));
        tunnel.pump();
        then(tunnel.clientWrites).containsExactly(3 * (most + 34));
        tunnel.clientWrites.clear();

        for (int i = 0; i < 10; i++) {
            tunnel.client.write(buffers.of(random(100)));
        }
        tunnel.client.flush();
        tunnel.pump();
        then(tunnel.clientWrites).containsExactly(1_000 + 34);
        then(tunnel.serverReceiver().bytes()).hasSize(3 * most + 1_000);
    }

    @ParameterizedTest
    @EnumSource(names = {"AES_128_GCM", "BLAKE3_AES_128_GCM_2022"})
    void an_answer_waits_sealed_until_somebody_reads(ShadowsocksMethod method) {
        EmbeddedTunnel tunnel = open(method);
        tunnel.client.config().setAutoRead(false);
        tunnel.client.flush();
        tunnel.pump();
        tunnel.server.writeAndFlush(buffers.of(random(10)));
        tunnel.pump();
        then(tunnel.clientReceiver.bytes()).as("asked for before").hasSize(10);
        tunnel.server.writeAndFlush(buffers.of(random(1_000)));
        tunnel.pump();
        then(tunnel.clientReceiver.bytes()).hasSize(10);
        tunnel.client.read();
        tunnel.client.runPendingTasks();
        then(tunnel.clientReceiver.bytes()).hasSize(1_010);
    }

    // ---- ends ----

    @ParameterizedTest
    @EnumSource(names = {"AES_128_GCM", "BLAKE3_AES_128_GCM_2022"})
    void the_end_of_an_input_behind_a_chunk_is_clean(ShadowsocksMethod method) {
        EmbeddedTunnel tunnel = open(method);
        tunnel.client.writeAndFlush(buffers.of(random(100)));
        tunnel.pump();
        DoorRig.end(tunnel.server);
        then(tunnel.serverReceiver().cleanEnds()).isEqualTo(1);
        tunnel.server.writeAndFlush(buffers.of(random(100)));
        tunnel.pump();
        DoorRig.end(tunnel.client);
        then(tunnel.clientReceiver.cleanEnds()).isEqualTo(1);
        then(tunnel.clientReceiver.bytes()).hasSize(100);
    }

    @ParameterizedTest
    @EnumSource(names = {"AES_128_GCM", "BLAKE3_AES_128_GCM_2022"})
    void the_end_of_an_input_inside_a_chunk_is_a_reset(ShadowsocksMethod method) {
        EmbeddedTunnel tunnel = open(method);
        tunnel.client.flush();
        tunnel.pump();
        tunnel.server.writeAndFlush(buffers.of(random(1_000)));
        ByteBuf wire = tunnel.server.readOutbound();
        DoorRig.feed(tunnel.client, wire.readRetainedSlice(wire.readableBytes() - 1));
        wire.release();
        DoorRig.end(tunnel.client);
        then(tunnel.clientReceiver.cleanEnds()).isZero();
        then(tunnel.clientReceiver.failure())
                .isInstanceOfSatisfying(
                        CarrierException.class,
                        failure -> then(failure.reason()).isEqualTo(Reason.TRUNCATED));
        then(tunnel.client.isOpen()).isFalse();
    }

    @Test
    void in_2017_an_answer_that_is_missing_is_no_empty_one() {
        EmbeddedTunnel tunnel = open(OLD);
        tunnel.client.flush();
        tunnel.pump();
        DoorRig.end(tunnel.client);
        then(tunnel.clientReceiver.cleanEnds()).isZero();
        then(tunnel.clientReceiver.failure()).isInstanceOf(CarrierException.class);
    }

    @Test
    void in_2017_our_server_sends_its_salt_before_it_ends_an_empty_answer() {
        EmbeddedTunnel tunnel = open(OLD);
        tunnel.client.flush();
        tunnel.pump();
        shutdownOutput(tunnel.server);
        tunnel.pump();
        then(tunnel.serverWrites).contains(SALT);
        DoorRig.end(tunnel.client);
        then(tunnel.clientReceiver.cleanEnds()).isEqualTo(1);
        then(tunnel.clientReceiver.failure()).isNull();
    }

    @Test
    void in_2022_an_end_without_an_answer_is_an_empty_one() {
        EmbeddedTunnel tunnel = open(NEW);
        tunnel.client.flush();
        tunnel.pump();
        shutdownOutput(tunnel.server);
        tunnel.pump();
        then(tunnel.serverWrites.stream().mapToInt(Integer::intValue).sum()).isZero();
        DoorRig.end(tunnel.client);
        then(tunnel.clientReceiver.cleanEnds()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"AES_128_GCM", "BLAKE3_AES_128_GCM_2022"})
    void a_client_who_says_nothing_and_ends_his_output_has_asked_nevertheless(ShadowsocksMethod method) {
        EmbeddedTunnel tunnel = open(method);
        shutdownOutput(tunnel.client);
        tunnel.pump();
        DoorRig.end(tunnel.server);
        then(tunnel.rig.requests).hasSize(1);
        then(tunnel.serverReceiver().cleanEnds()).isEqualTo(1);
        tunnel.server.writeAndFlush(buffers.of(random(50)));
        tunnel.pump();
        then(tunnel.clientReceiver.bytes()).hasSize(50);
    }

    // ---- answers that are none ----

    @Test
    void in_2017_a_request_that_comes_back_is_no_answer() {
        EmbeddedTunnel tunnel = open(OLD);
        tunnel.client.writeAndFlush(buffers.of(random(100)));
        DoorRig.feed(tunnel.client, tunnel.client.readOutbound());
        thenIsNoAnswer(tunnel);
    }

    @Test
    void in_2022_a_request_that_comes_back_is_no_answer() {
        EmbeddedTunnel tunnel = open(NEW);
        tunnel.client.writeAndFlush(buffers.of(random(100)));
        DoorRig.feed(tunnel.client, tunnel.client.readOutbound());
        thenIsNoAnswer(tunnel);
    }

    private static void thenIsNoAnswer(EmbeddedTunnel tunnel) {
        then(tunnel.clientReceiver.bytes()).isEmpty();
        then(tunnel.clientReceiver.cleanEnds()).isZero();
        then(tunnel.clientReceiver.failure())
                .isInstanceOfSatisfying(
                        CarrierException.class,
                        failure -> then(failure.reason()).isEqualTo(Reason.RESPONSE));
        then(tunnel.client.isOpen()).isFalse();
    }
}
