package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResolverTest {
    private final Resolver resolver = new Resolver(NameService.SYSTEM);
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

    @Test
    void ends_its_threads_with_itself() throws Exception {
        resolver.resolve("localhost", loop).await(10_000);
        resolver.close();
        await().until(() -> threads() == 0);
    }

    @Test
    void refuses_at_once_when_it_is_closed() throws Exception {
        resolver.close();
        Future<List<InetAddress>> found = resolver.resolve("localhost", loop);
        then(found.await(10_000)).isTrue();
        then(found.cause()).isInstanceOf(TunnelException.class).hasMessageContaining("closed");
    }
}
