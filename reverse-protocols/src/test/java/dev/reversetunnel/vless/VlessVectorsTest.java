package dev.reversetunnel.vless;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import com.google.gson.JsonObject;
import dev.reversetunnel.Command;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.UserId;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The headers of real peers, and what they say to broken ones. */
class VlessVectorsTest {
    private static final JsonObject VECTORS = Vectors.load(VlessVectorsTest.class, "vless-headers.json");
    private static final UserId KNOWN = UserId.of(VECTORS.get("known_user").getAsString());
    private static final UserSearch USERS = new UserSearch(
            List.of(new VlessUser("other", UserId.of("other"), false), new VlessUser("known", KNOWN, true)));

    /** The peers' reasons, and ours for the same. */
    private static Set<Reason> reasons(String theirs) {
        return switch (theirs) {
            case "bad-version" -> Set.of(Reason.VERSION);
            case "unknown-user" -> Set.of(Reason.UNKNOWN_USER);
            case "bad-command-or-address" -> Set.of(Reason.COMMAND, Reason.ADDRESS);
            case "bad-addons" -> Set.of(Reason.OPTION);
            default -> throw new IllegalArgumentException(theirs);
        };
    }

    static Stream<Vector> requests() {
        return vectors("requests");
    }

    static Stream<Vector> requestInputs() {
        return vectors("request_decode");
    }

    static Stream<Vector> responseInputs() {
        return vectors("response_decode");
    }

    static Stream<Vector> idTexts() {
        return vectors("uuid_strings");
    }

    /** All but those with the flow of Vision, which we read only. */
    static Stream<Vector> requestsWithoutAddons() {
        return requests().filter(vector -> !vector.hasAddons());
    }

    @ParameterizedTest
    @MethodSource("requestsWithoutAddons")
    void writes_the_request_of_a_real_peer(Vector vector) {
        then(HexFormat.of().formatHex(RequestHeader.encode(KNOWN, request(vector))))
                .isEqualTo(vector.text("hex"));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void reads_the_request_of_a_real_peer_however_it_is_cut(Vector vector) {
        VlessRequest plain = request(vector);
        String flow = vector.hasAddons() ? vector.text("flow") : "";
        VlessRequest expected = new VlessRequest(plain.command(), plain.destination(), flow);
        byte[] header = vector.hex();

        then(decode(header, header.length)).isEqualTo(expected);
        then(decode(header, 1)).isEqualTo(expected);
        for (int cut = 0; cut < header.length; cut++) {
            then(decode(Arrays.copyOf(header, cut), Math.max(1, cut)))
                    .as("the first %d bytes", cut)
                    .isNull();
        }
    }

    @ParameterizedTest
    @MethodSource("requestInputs")
    void judges_a_request_as_xray_does(Vector vector) {
        JsonObject verdict = vector.json().getAsJsonObject("decoded_by").getAsJsonObject("xray");
        byte[] input = vector.hex();
        if (verdict.get("result").getAsString().equals("ok")) {
            ByteBuf in = Unpooled.wrappedBuffer(input);
            RequestHeaderDecoder.Opening opening = new RequestHeaderDecoder(USERS).read(in);

            then(opening).isNotNull();
            then(opening.user().name()).isEqualTo("known");
            then(RequestHeader.code(opening.request()))
                    .isEqualTo(verdict.get("command").getAsInt());
            then(opening.request().flow()).isEqualTo(verdict.get("flow").getAsString());
            then(opening.request().destination().host())
                    .isEqualTo(verdict.get("address").getAsString());
            then(opening.request().destination().port())
                    .isEqualTo(verdict.get("port").getAsInt());
            then(in.readableBytes())
                    .as("bytes of the body")
                    .isEqualTo(verdict.get("left").getAsInt());
            return;
        }
        String reason = verdict.get("reason").getAsString();
        for (int size : new int[] {input.length, 1}) {
            if (reason.equals("truncated") || vector.text("name").equals("bad-truncated-address")) {
                then(decode(input, size)).as("the rest may still come").isNull();
            } else {
                thenThrownBy(() -> decode(input, size))
                        .isInstanceOfSatisfying(
                                CarrierException.class, e -> then(e.reason()).isIn(reasons(reason)))
                        .hasMessageContaining("(expected: ");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("responseInputs")
    void judges_a_response_as_xray_does(Vector vector) {
        byte[] input = vector.hex();
        String result = vector.has("reason") ? vector.text("reason") : vector.text("result");
        for (int size : new int[] {input.length, 1}) {
            EmbeddedChannel channel = new EmbeddedChannel(new VlessResponseDecoder());
            ByteBuf in = Unpooled.wrappedBuffer(input);
            switch (result) {
                case "ok" -> {
                    feed(channel, in, size);
                    then(channel.<ByteBuf>readInbound())
                            .as("a byte of the body")
                            .isNull();
                    channel.writeInbound(Hex.buffer("aabb"));
                    then(Hex.of(channel.readInbound())).isEqualTo("aabb");
                    then(channel.pipeline().get(VlessResponseDecoder.class)).isNull();
                }
                case "truncated" -> {
                    feed(channel, in, size);
                    then(channel.isOpen()).isTrue();
                    then(channel.pipeline().get(VlessResponseDecoder.class)).isNotNull();
                }
                default -> {
                    thenThrownBy(() -> feed(channel, in, size)).isInstanceOf(CarrierException.class);
                    then(channel.isOpen()).isFalse();
                }
            }
            channel.finishAndReleaseAll();
        }
    }

    @ParameterizedTest
    @MethodSource("idTexts")
    void makes_an_id_of_a_text_as_xray_does(Vector vector) {
        if (vector.has("uuid")) {
            then(UserId.of(vector.text("input")).uuid()).hasToString(vector.text("uuid"));
        } else {
            thenThrownBy(() -> UserId.of(vector.text("input")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith("(expected: a UUID, or a text of 1~30 bytes)");
        }
    }

    private static void feed(EmbeddedChannel channel, ByteBuf in, int size) {
        while (in.isReadable()) {
            channel.writeInbound(in.readRetainedSlice(Math.min(size, in.readableBytes())));
        }
    }

    private static VlessRequest decode(byte[] input, int size) {
        RequestHeaderDecoder decoder = new RequestHeaderDecoder(USERS);
        for (int at = 0; at < input.length; at += size) {
            RequestHeaderDecoder.Opening opening =
                    decoder.read(Unpooled.wrappedBuffer(input, at, Math.min(size, input.length - at)));
            if (opening != null) {
                return opening.request();
            }
        }
        return null;
    }

    private static VlessRequest request(Vector vector) {
        return switch (vector.json().get("command").getAsInt()) {
            case 3 -> VlessRequest.mux();
            case 4 -> VlessRequest.reverse();
            default -> {
                JsonObject target = vector.json().getAsJsonObject("target");
                Network network = vector.json().get("command").getAsInt() == 2 ? Network.UDP : Network.TCP;
                yield new VlessRequest(
                        Command.CONNECT,
                        new Destination(
                                network,
                                target.get("address").getAsString(),
                                target.get("port").getAsInt()),
                        "");
            }
        };
    }

    private static Stream<Vector> vectors(String name) {
        List<Vector> vectors = Vectors.objects(VECTORS.getAsJsonArray(name)).stream()
                .map(Vector::new)
                .toList();
        then(vectors).as(name).isNotEmpty();
        return vectors.stream();
    }

    record Vector(JsonObject json) {
        boolean has(String name) {
            return json.has(name);
        }

        String text(String name) {
            return json.get(name).getAsString();
        }

        byte[] hex() {
            return Hex.bytes(text("hex"));
        }

        boolean hasAddons() {
            return hex()[RequestHeader.ADDONS_LENGTH_OFFSET] != 0;
        }

        @Override
        public String toString() {
            return has("name") ? text("name") : text("input");
        }
    }
}
