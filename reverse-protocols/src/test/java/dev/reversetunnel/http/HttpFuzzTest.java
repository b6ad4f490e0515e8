package dev.reversetunnel.http;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Grant;
import dev.reversetunnel.door.DoorRig;
import dev.reversetunnel.door.NamedUsers;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Heads, changed at random: each is accepted or refused, by a reason that has a name. */
class HttpFuzzTest {
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 20_000);
    private static final NamedUsers USERS = NamedUsers.NONE.with("ann", "secret");
    private static final byte[] HEAD = ("CONNECT web.home:443 HTTP/1.1\r\nHost: web.home:443\r\n"
                    + "Proxy-Authorization: Basic YW5uOnNlY3JldA==\r\n\r\nback")
            .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LIKELY = "\r\n: \t:[]@/%\0Cc9=".getBytes(StandardCharsets.US_ASCII);

    @Test
    void every_head_is_accepted_or_refused() {
        Random random = new Random(20_260_704);
        DoorRig rig = new DoorRig();
        for (int input = 0; input < INPUTS; input++) {
            byte[] bytes = Arrays.copyOf(HEAD, random.nextInt(8) == 0 ? random.nextInt(HEAD.length + 8) : HEAD.length);
            for (int change = random.nextInt(4); change > 0 && bytes.length > 0; change--) {
                bytes[random.nextInt(bytes.length)] =
                        random.nextBoolean() ? LIKELY[random.nextInt(LIKELY.length)] : (byte) random.nextInt(256);
            }
            EmbeddedChannel channel =
                    rig.connection(in -> HttpDialogue.begin(in.pipeline(), rig.door(), USERS, user -> Grant.CONNECT));
            int cut = random.nextInt(bytes.length + 1);
            DoorRig.feed(channel, Arrays.copyOf(bytes, cut));
            DoorRig.feed(channel, Arrays.copyOfRange(bytes, cut, bytes.length));
            channel.finishAndReleaseAll();
            rig.requests.clear();
        }
        long refused = rig.counters().refused().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        then(rig.counters().accepted()).isPositive();
        then(rig.counters().accepted() + refused).isEqualTo(INPUTS);
    }
}
