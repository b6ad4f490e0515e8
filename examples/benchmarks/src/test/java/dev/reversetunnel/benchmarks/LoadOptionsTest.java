package dev.reversetunnel.benchmarks;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LoadOptionsTest {
    @Test
    void compares_direct_v2ray_and_ours_unless_told_otherwise() {
        LoadOptions options = LoadOptions.parse();

        then(options.systems()).extracting(TunnelSystem::name).containsExactly("direct", "v2ray", "ours");
        then(options.rounds()).isEqualTo(5);
        then(options.measures()).containsExactly(Measure.values());
    }

    @Test
    void takes_a_peer_of_two_processes_and_fills_in_its_ports() throws Exception {
        LoadOptions options = LoadOptions.parse(
                "--peer", "x=portal {user} {tunnel}", "--peer", "x=bridge {tunnel} {origin}", "--systems", "x");

        then(options.systems()).hasSize(1);
        then(options.systems().get(0).commands(new TunnelSystem.Ports(1, 2, 3), Path.of(".")))
                .extracting(command -> command.get(2))
                .containsExactly("portal 1 2", "bridge 2 3");
    }

    @Test
    void names_what_it_does_not_know() {
        thenThrownBy(() -> LoadOptions.parse("--round", "2")).hasMessage("unknown option: --round");
        thenThrownBy(() -> LoadOptions.parse("--rounds", "0"))
                .hasMessage("--rounds: 0 (expected: a whole number above 0)");
        thenThrownBy(() -> LoadOptions.parse("--systems", "frp")).hasMessageStartingWith("--systems: frp (expected:");
        thenThrownBy(() -> LoadOptions.parse("--only", "up2")).hasMessageStartingWith("--only: up2 (expected: cold");
        thenThrownBy(() -> LoadOptions.parse("--systems", "ours-trojan"))
                .hasMessageStartingWith("--systems: ours-trojan (expected:");
    }
}
