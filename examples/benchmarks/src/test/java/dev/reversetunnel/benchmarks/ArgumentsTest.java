package dev.reversetunnel.benchmarks;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
    private static final String USAGE = """
              --rounds n    how often
              --sizes a,b   how many
              --peer name   another one
            """;

    private static Arguments given(String... args) {
        return new Arguments(USAGE, Set.of("--peer"), args);
    }

    @Test
    void takes_what_is_given_and_its_own_value_for_what_is_not() {
        Arguments given = given("--rounds", "2", "--peer", "x", "--peer", "y");

        then(given.positive("--rounds", 5)).isEqualTo(2);
        then(given.seconds("--rounds", 5)).isEqualTo(Duration.ofSeconds(2));
        then(given.all("--peer")).containsExactly("x", "y");
        then(given.numbers("--sizes", "1,8")).containsExactly(1, 8);
        then(given.get("--sizes")).isNull();
    }

    @Test
    void names_what_is_wrong() {
        thenThrownBy(() -> given("--round", "2")).hasMessage("unknown option: --round");
        thenThrownBy(() -> given("--rounds")).hasMessage("--rounds: no value");
        thenThrownBy(() -> given("--rounds", "1", "--rounds", "2")).hasMessage("--rounds: given twice");
        thenThrownBy(() -> given("--sizes", "1,x").numbers("--sizes", "1"))
                .hasMessage("--sizes: x (expected: a whole number above 0)");
    }
}
