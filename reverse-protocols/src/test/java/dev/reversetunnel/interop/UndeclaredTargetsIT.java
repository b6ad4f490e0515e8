package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import dev.reversetunnel.Bridge;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayDocuments;
import dev.reversetunnel.vmess.Vmess;
import java.io.IOException;
import java.io.StringReader;
import java.net.ConnectException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A portal that asks for what the bridge has not declared: V2Ray's, whose users come in at ports that each ask for one
 * target. The bridge dials what is asked for, but nothing private; each target would lead to an origin here.
 *
 * <p>Two targets are not in the list, for V2Ray's portal keeps them to itself: {@code v1.mux.cool}, and its own domain,
 * by which a visitor of such a port registers as a bridge.
 */
@RequiresPeer("v2ray")
class UndeclaredTargetsIT {
    private static final List<String> HOSTS = List.of(
            "127.0.0.1",
            "127.0.0.2",
            "127.255.255.254",
            "::1",
            "0.0.0.0",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.254",
            "192.168.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "192.0.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "fe80::1",
            "fc00::1",
            "fd00::1",
            "fec0::1",
            "ff02::1",
            "localhost",
            "LOCALHOST",
            "LocalHost",
            "localhost.",
            "ip6-localhost",
            "2130706433",
            "0x7f.1",
            "0x7f000001",
            "0177.0.0.1",
            "127.1",
            "127.0.0.1.",
            "reverse",
            "v1.rvs.cool",
            "reverse.internal.v2ray.com",
            "reverse.internal.v2fly.org",
            "reverse.internal.example.com");

    /** What a user sees at the latest, with a factor to spare. */
    private static final Duration SOON = Duration.ofSeconds(2);

    @Test
    void none_is_reached_and_each_is_refused_soon_and_visibly() throws Exception {
        Heard heard = new Heard();
        try (Origin origin = Origin.start()) {
            Meeting meeting = Meeting.at(origin);
            Map<Integer, String> targets = new LinkedHashMap<>();
            HOSTS.forEach(host -> targets.put(Ports.free(), host));
            try (V2Ray portal = V2Ray.start(document(meeting, targets, origin.port()));
                    Bridge bridge = ReverseTunnel.bridge("bridge")
                            .domain(meeting.domain())
                            .connect(
                                    Vmess.client("127.0.0.1", meeting.bridges()).user(meeting.id()))
                            .reach(Outbound.direct())
                            .listener(heard)
                            .start()) {
                bridge.awaitReady(Duration.ofSeconds(20));
                List<Long> millis = new ArrayList<>();
                List<String> wrong = new ArrayList<>();
                targets.forEach((port, host) -> {
                    String seen = visit(port, millis);
                    if (seen != null) {
                        wrong.add(host + ": " + seen);
                    }
                });

                then(wrong).isEmpty();
                then(origin.accepted()).as("connections at the origin").isZero();
                await().untilAsserted(() -> then(bridge.snapshot().refused()
                                + bridge.snapshot().failed()
                                + heard.lines("protocol error").size())
                        .as("what the bridge's owner sees: %s", heard.lines())
                        .isGreaterThanOrEqualTo(HOSTS.size() - 5));
                then(heard.lines("down")).isEmpty();
                then(portal.isAlive()).isTrue();
                millis.sort(Comparator.naturalOrder());
                System.out.printf(
                        "%d undeclared targets: refused after p50 %d ms, max %d ms%n",
                        millis.size(), millis.get(millis.size() / 2), millis.get(millis.size() - 1));
            }
        }
    }

    /** What is wrong with how a visit ended; null if nothing is. */
    private static @Nullable String visit(int port, List<Long> millis) {
        long start = System.nanoTime();
        try {
            Client.Transfer transfer = Client.download(port, 1, 1);
            Duration waited = Duration.ofNanos(System.nanoTime() - start);
            millis.add(waited.toMillis());
            if (transfer.bytes() > 0) {
                return "reached";
            }
            return waited.compareTo(SOON) > 0 ? "hanging for " + waited.toMillis() + " ms" : null;
        } catch (ConnectException e) {
            return e.toString();
        } catch (SocketException e) {
            return null; // it was refused before the request was out
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** The manual's portal, with a port for each target instead of the one. */
    private static String document(Meeting meeting, Map<Integer, String> targets, int targetPort) {
        JsonReader reader = new JsonReader(new StringReader(
                V2RayDocuments.portal(meeting.visitors(), meeting.bridges(), meeting.id(), meeting.domain())));
        reader.setStrictness(Strictness.LENIENT); // it has comments
        JsonObject document = JsonParser.parseReader(reader).getAsJsonObject();
        JsonArray inbounds = document.getAsJsonArray("inbounds");
        JsonArray tags = document.getAsJsonObject("routing")
                .getAsJsonArray("rules")
                .get(0)
                .getAsJsonObject()
                .getAsJsonArray("inboundTag");
        targets.forEach((port, host) -> {
            JsonObject door = inbounds.get(0).deepCopy().getAsJsonObject();
            door.addProperty("tag", "external-" + port);
            door.addProperty("port", port);
            door.getAsJsonObject("settings").addProperty("address", host);
            door.getAsJsonObject("settings").addProperty("port", targetPort);
            inbounds.add(door);
            tags.add("external-" + port);
        });
        return document.toString();
    }
}
