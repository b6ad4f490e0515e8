package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResolverTest {
    private Resolver resolver = new Resolver(NameService.SYSTEM);
    private final EventLoop loop = new DefaultEventLoop();

    @AfterEach
    void end() {
        resolver.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("reverse-resolver"))
                .count();
    }

    @Test
    void knows_an_ip_address_at_once() throws Exception {
        then(resolver.resolve("192.0.2.7", loop).getNow()).containsExactly(InetAddress.getByName("192.0.2.7"));
        then(resolver.resolve("2001:db8::7", loop).getNow()).containsExactly(InetAddress.getByName("2001:db8::7"));
        then(threads()).isZero();
    }

    @Test
    void looks_a_name_up_on_a_thread_of_its_own() throws Exception {
        Future<List<InetAddress>> found = resolver.resolve("localhost", loop);
        then(found.await(10_000)).isTrue();
        then(found.getNow()).isNotEmpty().allMatch(InetAddress::isLoopbackAddress);
        then(threads()).isPositive();
    }

    @Test
    void says_that_a_name_is_unknown() throws Exception {
        Future<List<InetAddress>> found = resolver.resolve("no-such-host.invalid", loop);
        then(found.await(20_000)).isTrue();
        then(found.cause()).isInstanceOf(UnknownHostException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"0177.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0X7F", "127.0.0.256", "a.1", "1."})
    void looks_nothing_up_that_some_take_for_an_address(String host) {
        AtomicInteger asked = new AtomicInteger();
        Future<List<InetAddress>> found = with(name -> {
                    asked.incrementAndGet();
                    return List.of(InetAddress.getLoopbackAddress());
                })
                .resolve(host, loop);
        then(found.isDone()).isTrue();
        then(found.cause())
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("expected: such as 192.0.2.1");
        then(asked).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.example", "x1", "0xg", "3com.", "10-0-0-1.example"})
    void a_name_may_have_digits(String host) throws Exception {
        Future<List<InetAddress>> found =
                with(name -> List.of(InetAddress.getLoopbackAddress())).resolve(host, loop);
        then(found.await(10_000)).isTrue();
        then(found.getNow()).hasSize(1);
    }

    private Resolver with(NameService names) {
        resolver.close();
        resolver = new Resolver(names);
        return resolver;
    }

    @Test
    void keeps_all_addresses_of_both_families_in_their_order() throws Exception {
        List<InetAddress> all = List.of(
                InetAddress.getByName("2001:db8::1"),
                InetAddress.getByName("192.0.2.1"),
                InetAddress.getByName("2001:db8::2"));
        Future<List<InetAddress>> found = with(host -> all).resolve("many.example", loop, Duration.ofSeconds(20));
        then(found.await(10_000)).isTrue();
        then(found.getNow()).isEqualTo(all);
    }

    @Test
    void a_look_up_that_takes_too_long_is_given_up_and_hinders_nobody_else() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        with(host -> {
            if (host.startsWith("slow")) {
                await(never);
            }
            return List.of(Tunnels.loopback());
        });
        Future<List<InetAddress>> slow = resolver.resolve("slow.example", loop, Duration.ofMillis(50));
        then(slow.await(10_000)).isTrue();
        then(slow.cause())
                .isInstanceOf(TunnelException.class)
                .hasMessage("looking up slow.example takes longer than 50 ms; does the name server answer?");
        Future<List<InetAddress>> quick = resolver.resolve("quick.example", loop, Duration.ofSeconds(20));
        then(quick.await(10_000)).isTrue();
        then(quick.getNow()).containsExactly(Tunnels.loopback());
        never.countDown();
    }

    private static void await(CountDownLatch latch) throws UnknownHostException {
        try {
            latch.await();
        } catch (InterruptedException e) { // the resolver is closed
            throw new UnknownHostException("interrupted");
        }
    }

    @Test
    void so_many_look_ups_wait_and_no_more() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        with(host -> {
            await(answer);
            return List.of(Tunnels.loopback());
        });
        List<Future<List<InetAddress>>> asked = new ArrayList<>();
        for (int i = 0; i < 4 + 1_024; i++) {
            asked.add(resolver.resolve("name-" + i + ".example", loop));
        }
        then(asked).noneMatch(Future::isDone);
        Future<List<InetAddress>> more = resolver.resolve("more.example", loop);
        then(more.cause()).isInstanceOf(TunnelException.class).hasMessage("name look-ups: 1024 are waiting already");
        answer.countDown();
        for (Future<List<InetAddress>> each : asked) {
            then(each.await(10_000)).isTrue();
            then(each.isSuccess()).isTrue();
        }
    }

    @Test
    void a_name_service_that_finds_nothing_or_throws_fails_that_look_up_alone() throws Exception {
        with(host -> {
            if (host.startsWith("bad")) {
                throw new IllegalArgumentException("a mistake of the application's");
            }
            return List.of();
        });
        Future<List<InetAddress>> bad = resolver.resolve("bad.example", loop);
        then(bad.await(10_000)).isTrue();
        then(bad.cause()).hasMessage("a mistake of the application's");
        Future<List<InetAddress>> none = resolver.resolve("none.example", loop);
        then(none.await(10_000)).isTrue();
        then(none.cause()).isInstanceOf(UnknownHostException.class).hasMessage("none.example");
    }

    @Test
    void a_look_up_that_hangs_fails_when_the_resolver_is_closed() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        Future<List<InetAddress>> hanging = with(host -> {
                    await(never);
                    return List.of();
                })
                .resolve("slow.example", loop);
        resolver.close();
        then(hanging.await(10_000)).isTrue();
        then(hanging.isSuccess()).isFalse();
    }

    @Test
    void ends_its_threads_with_itself() throws Exception {
        resolver.resolve("localhost", loop).await(10_000);
        resolver.close();
        Awaitility.await().until(() -> threads() == 0);
    }

    @Test
    void refuses_at_once_when_it_is_closed() throws Exception {
        resolver.close();
        Future<List<InetAddress>> found = resolver.resolve("localhost", loop);
        then(found.await(10_000)).isTrue();
        then(found.cause()).isInstanceOf(TunnelException.class).hasMessageContaining("closed");
    }
}
