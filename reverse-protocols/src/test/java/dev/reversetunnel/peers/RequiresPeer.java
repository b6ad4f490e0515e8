package dev.reversetunnel.peers;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs a test only where programs are installed, and tags it {@code peer}. Where one is missing the test is skipped, or
 * fails if the system property or environment variable {@code REVERSETUNNEL_REQUIRE_PEERS} is {@code true}. When the
 * test fails, the last lines of the peers that it has started stand below its stack trace.
 *
 * <p>{@code xray} is skipped where it is missing, whatever {@code REVERSETUNNEL_REQUIRE_PEERS} says: no package has it.
 * Whoever has built one puts it into PATH, or names it by the system property {@code xray} or the environment variable
 * {@code XRAY}.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("peer")
@ExtendWith(PeerExtension.class)
public @interface RequiresPeer {
    /**
     * The programs: {@code v2ray}, {@code sing-box}, {@code xray}, {@code nginx}, {@code ss-local}, {@code ss-tunnel},
     * {@code ss-server}, {@code curl}; {@link Nginx#STREAM}.
     *
     * @return their names in PATH; system property {@code peers.<name>} may hold another path
     */
    String[] value();
}
