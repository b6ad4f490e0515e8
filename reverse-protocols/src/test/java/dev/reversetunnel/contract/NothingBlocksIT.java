package dev.reversetunnel.contract;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Tests from end to end, in a JVM that watches our event loops: none of them calls what may block. */
class NothingBlocksIT {
    /** Tunnels and users by several carriers and carriages, an HTTP handler on threads of its own, datagrams. */
    private static final List<String> CLASSES = List.of(
            "dev.reversetunnel.vmess.VmessOverTcpTest",
            "dev.reversetunnel.users.PrivateNetworkTest",
            "dev.reversetunnel.proxy.ProxyAndTlsTest",
            "dev.reversetunnel.interop.OnePortForAllIT",
            "dev.reversetunnel.UdpTunnelTest",
            "dev.reversetunnel.ProxyProtocolTest");

    @Test
    void no_event_loop_waits_for_anything_but_its_work() throws Exception {
        List<String> said = run(CLASSES);
        then(said).filteredOn(line -> line.startsWith(WatchedTests.BLOCKED)).isEmpty();
        then(said).contains(WatchedTests.FAILED + 0);
        then(said).filteredOn(line -> line.startsWith(WatchedTests.PASSED)).noneMatch(line -> line.endsWith(" 0"));
    }

    @Test
    void a_loop_that_waits_is_seen() throws Exception {
        List<String> said = run(List.of(Sleeper.class.getName()));
        then(said)
                .filteredOn(line -> line.startsWith(WatchedTests.BLOCKED))
                .hasSize(1)
                .first()
                .asString()
                .contains("java.lang.Thread.sleep by reverse-loop");
        then(said).contains(WatchedTests.PASSED + 1);
    }

    private static List<String> run(List<String> classes) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-XX:+AllowRedefinitionToAddDeleteMethods",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                System.getProperty("java.class.path"),
                WatchedTests.class.getName()));
        command.addAll(classes);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            return output.lines().toList();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Does what nobody may. */
    static final class Sleeper {
        @Test
        void sleeps() throws Exception {
            CountDownLatch slept = new CountDownLatch(1);
            ChannelHandler sleeper = new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) throws InterruptedException {
                    Thread.sleep(1);
                    slept.countDown();
                }
            };
            try (ReverseTunnel node = ReverseTunnel.node()
                            .inbound("web", Inbound.port(0).address("127.0.0.1").to("shop.example", 80))
                            .outbound("sleeper", Outbound.handler(sleeper))
                            .route(Rule.any().to("sleeper"))
                            .start();
                    Socket visitor = new Socket(InetAddress.getLoopbackAddress(), node.port("web"))) {
                visitor.getOutputStream().write(1);
                then(slept.await(60, TimeUnit.SECONDS)).isTrue();
            }
        }
    }
}
