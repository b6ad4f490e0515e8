package dev.reversetunnel.peers;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs a test only where a program is installed, and tags it {@code peer}. Where it is missing the test is skipped, or
 * fails if the system property or environment variable {@code REVERSETUNNEL_REQUIRE_PEERS} is {@code true}. When the
 * test fails, the last lines of the peers that it has started stand below its stack trace.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("peer")
@ExtendWith(PeerExtension.class)
public @interface RequiresPeer {
    /**
     * The program.
     *
     * @return its name in PATH; system property {@code peers.<name>} may hold another path
     */
    String value();
}
