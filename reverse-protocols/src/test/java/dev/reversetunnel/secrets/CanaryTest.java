package dev.reversetunnel.secrets;

import static org.assertj.core.api.BDDAssertions.then;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The eyes of {@link SecretsIT}. */
class CanaryTest {
    private static final UUID ID = UUID.fromString("6b86b273-ff34-4ce1-9d6b-804eff5a3f57");

    private static boolean sees(Canary canary, String text) {
        return canary.forms().stream().anyMatch(text::contains);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id: 6b86b273-ff34-4ce1-9d6b-804eff5a3f57!",
                "6B86B273-FF34-4CE1-9D6B-804EFF5A3F57",
                "key=6b86b273ff344ce19d6b804eff5a3f57",
                "6b 86 b2 73 ff 34 4c e1 9d 6b 80 4e ff 5a 3f 57",
                "[107, -122, -78, 115, -1, 52, 76, -31, -99, 107, -128, 78, -1, 90, 63, 87]",
                "a4ayc/80TOGda4BO/1o/Vw==",
                "a4ayc_80TOGda4BO_1o_Vw"
            })
    void sees_an_id_however_it_is_written(String text) {
        then(sees(Canary.id("id", ID), text)).isTrue();
        then(sees(Canary.id("id", UUID.randomUUID()), text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "ab", "ada:", "shop:", "longer:"})
    void sees_a_password_behind_a_user_s_name(String user) {
        Canary password = Canary.text("password", "correct-horse");
        String header =
                Base64.getEncoder().encodeToString((user + "correct-horse").getBytes(StandardCharsets.US_ASCII));
        then(sees(password, "Proxy-Authorization: Basic " + header)).isTrue();
        then(sees(
                        password,
                        "Proxy-Authorization: Basic "
                                + Base64.getEncoder()
                                        .encodeToString((user + "correct-house").getBytes(StandardCharsets.US_ASCII))))
                .isFalse();
    }
}
