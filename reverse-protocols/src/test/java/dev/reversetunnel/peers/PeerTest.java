package dev.reversetunnel.peers;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.io.TempDir;

class PeerTest {
    private final Peer peer = new Peer("some-peer");

    @TempDir
    Path directory;

    @Test
    void is_found_in_the_path_if_it_can_be_executed() throws IOException {
        Path file = Files.createFile(directory.resolve("some-peer"));
        String path = "/nowhere:" + directory;
        then(peer.in(path)).isEmpty();

        then(file.toFile().setExecutable(true)).isTrue();

        then(peer.in(path)).contains(file);
    }

    @Test
    void a_missing_peer_skips_the_test_and_says_how_to_install_it() {
        ConditionEvaluationResult result = PeerExtension.decide(peer, Optional.empty(), false);

        then(result.isDisabled()).isTrue();
        then(result.getReason().orElseThrow())
                .isEqualTo("some-peer is not installed (apt-get install some-peer, or name it with"
                        + " -Dpeers.some-peer=/path)");
    }

    @Test
    void a_missing_peer_fails_the_test_where_peers_are_required() {
        thenThrownBy(() -> PeerExtension.decide(peer, Optional.empty(), true))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageEndingWith("and REVERSETUNNEL_REQUIRE_PEERS is true");
    }

    @Test
    void a_peer_that_nobody_packages_skips_the_test_even_where_peers_are_required() {
        ConditionEvaluationResult result = PeerExtension.decide(new Peer("xray"), Optional.empty(), true);

        then(result.isDisabled()).isTrue();
        then(result.getReason().orElseThrow()).startsWith("xray is not installed (build it yourself");
    }

    @Test
    void a_peer_that_is_there_lets_the_test_run() {
        then(PeerExtension.decide(peer, Optional.of(directory), true).isDisabled())
                .isFalse();
    }
}
