package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AcceptFailuresTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1); // a clock that is about to turn over
    private final AcceptFailures failures = new AcceptFailures(nanos::get);

    private Optional<String> failed() {
        return failures.failed(
                new InetSocketAddress(Tunnels.loopback(), 80),
                new IOException("accept(..) failed: Too many open files"));
    }

    @Test
    void says_what_to_do_once_a_minute() {
        then(failed()).get().asString().contains("127.0.0.1:80", "Too many open files", "ulimit -n");
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(59));
        then(failed()).isEmpty();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        then(failed()).get().asString().endsWith("each second, 3 times so far");
        then(failed()).isEmpty();
    }

    @Test
    void nobody_else_has_to_deal_with_it() {
        EmbeddedChannel listener = new EmbeddedChannel(failures);
        listener.pipeline().fireExceptionCaught(new IOException("accept(..) failed: Too many open files"));

        listener.checkException();
        then(listener.isOpen()).isTrue();
        listener.finishAndReleaseAll();
    }
}
