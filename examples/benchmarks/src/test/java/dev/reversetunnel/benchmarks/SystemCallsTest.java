package dev.reversetunnel.benchmarks;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class SystemCallsTest {
    @Test
    void adds_up_calls_of_a_kind() {
        var counts = SystemCalls.parse("""
                70,,syscalls:sys_enter_read,1118187,100.00,,
                5,,syscalls:sys_enter_recvfrom,1118187,100.00,,
                8,,syscalls:sys_enter_futex,1118187,100.00,,
                35,,context-switches,1118187,100.00,,
                """);
        then(counts.get(SystemCalls.Kind.READS)).isEqualTo(75);
        then(counts.get(SystemCalls.Kind.LOCKS)).isEqualTo(8);
        then(counts.get(SystemCalls.Kind.SWITCHES)).isEqualTo(35);
        then(counts.get(SystemCalls.Kind.WRITES)).isZero();
    }

    @Test
    void says_what_a_command_that_failed_has_said() {
        thenThrownBy(() -> SystemCalls.run("sh", "-c", "echo no right to look; exit 1"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no right to look");
    }
}
