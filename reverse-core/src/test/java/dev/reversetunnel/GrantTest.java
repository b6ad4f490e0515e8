package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a grant says. */
class GrantTest {
    @Test
    void names_no_portal_unless_it_is_told_to() {
        then(Grant.REGISTER.registers("any", "any.internal")).isTrue();
        then(Grant.BOTH.registers("any", "any.internal")).isTrue();
        then(Grant.CONNECT.registers("any", "any.internal")).isFalse();
        then(Grant.CONNECT.register()).isFalse();
        then(Grant.REGISTER.connect()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop.internal", "Shop.Internal", "shop.internal.", "SHOP.INTERNAL."})
    void a_domain_is_the_same_in_all_spellings(String spelt) {
        then(Grant.register(spelt).registers("p", "shop.internal")).isTrue();
        then(Grant.register("shop.internal").registers("p", spelt)).isTrue();
        then(Grant.register("other.internal").registers("p", spelt)).isFalse();
        then(Grant.register(spelt, "other.internal").registers("p", "other.internal"))
                .isTrue();
    }

    @Test
    void a_domain_of_other_letters_is_its_ascii_form() {
        then(Grant.register("büro.internal").registers("p", "xn--bro-hoa.internal"))
                .isTrue();
        then(Grant.register("BÜRO.internal.").registers("p", "xn--bro-hoa.internal"))
                .isTrue();
    }

    @Test
    void a_portal_is_named_by_its_tag() {
        Grant grant = Grant.registerAt("shop", "office");
        then(grant.registers("shop", "any.internal")).isTrue();
        then(grant.registers("office", ControlName.REVERSE)).isTrue();
        then(grant.registers("Shop", "shop")).isFalse();
        then(grant.connect()).isFalse();
        then(grant.andConnect().connect()).isTrue();
        then(grant.andConnect().registers("home", "any.internal")).isFalse();
    }

    @Test
    void refuses_to_name_nothing() {
        thenThrownBy(() -> Grant.register(" "))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one name; Grant.REGISTER is for all");
        thenThrownBy(() -> Grant.registerAt(new String[0])).hasMessageContaining("at least one name");
    }

    @Test
    void limits_have_the_documented_defaults() {
        then(Grant.BOTH.maxTunnels()).isEqualTo(64);
        then(Grant.BOTH.maxSessions()).isEqualTo(16_384);
        then(Grant.BOTH.bytesPerSecondFrom()).isZero();
        then(Grant.BOTH.bytesPerSecondTo()).isZero();
    }

    @Test
    void refuses_limits_that_are_none() {
        thenThrownBy(() -> Grant.BOTH.maxTunnels(0)).hasMessage("maxTunnels: 0 (expected: 1 or more)");
        thenThrownBy(() -> Grant.BOTH.maxSessions(-1)).hasMessage("maxSessions: -1 (expected: 1 or more)");
        thenThrownBy(() -> Grant.BOTH.bytesPerSecond(-1))
                .hasMessage("bytesPerSecond: -1 and -1 (expected: 1 or more, or 0 for no limit)");
    }

    @Test
    void a_changed_copy_changes_nothing_else() {
        Grant grant = Grant.register("a.internal")
                .maxTunnels(4)
                .maxSessions(1_000)
                .bytesPerSecond(5, 7)
                .andConnect();
        then(grant)
                .hasToString("Grant[register [a.internal] and connect, 4 tunnels, 1000 sessions, 5 and 7 bytes a"
                        + " second]");
        then(grant)
                .isEqualTo(Grant.register("A.internal.")
                        .andConnect()
                        .bytesPerSecond(5, 7)
                        .maxSessions(1_000)
                        .maxTunnels(4))
                .isNotEqualTo(grant.maxTunnels(5))
                .isNotEqualTo(grant.bytesPerSecond(5));
        then(Grant.REGISTER).hasToString("Grant[register, 64 tunnels, 16384 sessions]");
    }
}
