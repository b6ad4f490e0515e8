package dev.reversetunnel.vless;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.crypto.UserId;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Who is looked up, also by a server that runs for long. */
class UserSearchTest {
    private static final VlessUser SHOP =
            new VlessUser("shop", UserId.of("b831381d-6324-4d53-ad4f-8cda48b30811"), false);
    private static final VlessUser HOME = new VlessUser("home", UserId.of("home"), true);

    /**
     * Long enough for all compilers of the JVM. One got it wrong, behind the mutations of VlessFuzzTest, not by these.
     */
    private static final int STRANGERS = 300_000;

    private final UserSearch users = new UserSearch(List.of(SHOP, HOME));

    @Test
    void users_are_found_among_any_number_of_strangers() {
        Random random = new Random(1);
        byte[] header = Hex.bytes("00 b831381d63244d53ad4f8cda48b30811 00 01 0050 01 7f000001");
        for (int i = 0; i < STRANGERS; i++) {
            for (int at = 1; at <= UserId.BYTES; at++) {
                header[at] = (byte) random.nextInt();
            }
            then(reads(header)).isFalse();
        }
        thenAllAreFound();
    }

    private boolean reads(byte[] header) {
        try {
            return new RequestHeaderDecoder(users).read(Unpooled.wrappedBuffer(header)) != null;
        } catch (CarrierException e) {
            return false;
        }
    }

    private void thenAllAreFound() {
        then(users.find(SHOP.id().bytes())).isEqualTo(SHOP);
        then(users.find(HOME.id().bytes())).isEqualTo(HOME);
    }

    @Test
    void what_xray_writes_for_its_routing_does_not_count_and_all_else_does() {
        for (int bit = 0; bit < UserId.BYTES * 8; bit++) {
            byte[] id = SHOP.id().bytes();
            id[bit / 8] ^= (byte) (1 << bit % 8);
            then(users.find(id)).as("bit %d", bit).isEqualTo(bit / 8 == 6 || bit / 8 == 7 ? SHOP : null);
        }
    }

    @Test
    void who_is_revoked_is_nobody() {
        UserSearch some = new UserSearch(List.of(SHOP, HOME), "shop"::equals);
        then(some.find(SHOP.id().bytes())).isNull();
        then(some.find(HOME.id().bytes())).isEqualTo(HOME);
    }
}
