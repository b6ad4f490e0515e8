package dev.reversetunnel.crypto;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenCode;

import java.security.Security;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CipherWarmUpTest {
    @Test
    void is_for_the_aes_gcm_of_the_jdk_unless_it_is_switched_off() {
        then(CipherWarmUp.isWanted(AeadAlgorithm.AES_128_GCM, null, null)).isTrue();
        then(CipherWarmUp.isWanted(AeadAlgorithm.AES_256_GCM, null, "true")).isTrue();
        then(CipherWarmUp.isWanted(AeadAlgorithm.AES_128_GCM, null, "false")).isFalse();
        then(CipherWarmUp.isWanted(AeadAlgorithm.AES_128_GCM, Security.getProvider("SunJCE"), null))
                .isFalse();
        then(CipherWarmUp.isWanted(AeadAlgorithm.CHACHA20_POLY1305, null, null)).isFalse();
        then(CipherWarmUp.isWanted(null, null, null)).isFalse();
    }

    @Test
    @Timeout(30)
    void comes_to_an_end_by_itself() {
        thenCode(CipherWarmUp::run).doesNotThrowAnyException();
    }
}
