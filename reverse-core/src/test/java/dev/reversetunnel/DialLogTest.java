package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DialLogTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1); // a clock that is about to turn over
    private final DialLog log = new DialLog(nanos::get);

    @Test
    void tells_each_reason_at_once() {
        then(failed("the port is closed", 100)).contains("the port is closed (it goes on trying, next in 100 ms)");
        then(failed("the key is wrong", 200)).contains("the key is wrong (2 attempts so far, next in 200 ms)");
        then(failed("the port is closed", 300)).contains("the port is closed (3 attempts so far, next in 300 ms)");
    }

    @Test
    void repeats_itself_twice_a_minute_only() {
        failed("the port is closed", 100);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(30) - 1);
        then(failed("the port is closed", 15_000)).isEmpty();
        nanos.addAndGet(1);
        then(failed("the port is closed", 15_000)).contains("the port is closed (3 attempts so far, next in 15000 ms)");
        then(failed("the port is closed", 15_000)).isEmpty();
    }

    @Test
    void starts_anew_after_a_success() {
        failed("the port is closed", 100);
        log.succeeded();
        then(failed("the port is closed", 100)).contains("the port is closed (it goes on trying, next in 100 ms)");
    }

    private Optional<String> failed(String reason, int millis) {
        return log.failed(reason, Duration.ofMillis(millis));
    }
}
