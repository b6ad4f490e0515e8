package dev.reversetunnel.vless;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.UserId;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VlessHeaderTest {
    private static final String ID = "b831381d63244d53ad4f8cda48b30811";
    private static final UserSearch USERS = new UserSearch(
            List.of(new VlessUser("shop", UserId.of(ID), false), new VlessUser("home", UserId.of("home"), true)));

    private static VlessRequest read(String hex) {
        RequestHeaderDecoder.Opening opening = new RequestHeaderDecoder(USERS).read(Hex.buffer(hex));
        return opening == null ? null : opening.request();
    }

    private static void thenIsRefused(String hex, Reason reason) {
        thenThrownBy(() -> read(hex))
                .isInstanceOfSatisfying(
                        CarrierException.class, e -> then(e.reason()).isEqualTo(reason))
                .hasMessageNotContaining(ID);
    }

    @Test
    void leaves_the_body_where_it_is() {
        ByteBuf in = Hex.buffer("00 " + ID + " 00 01 0050 01 7f000001 | 474554");

        then(new RequestHeaderDecoder(USERS).read(in)).isNotNull();
        then(Hex.of(in)).isEqualTo("474554");
    }

    @Test
    void an_id_is_compared_only_when_all_of_it_is_there() {
        for (int length = 1; length < 16; length++) {
            then(read("00 " + "ff".repeat(length)))
                    .as("%d bytes of nobody's id", length)
                    .isNull();
        }
        thenIsRefused("00 " + "ff".repeat(16), Reason.UNKNOWN_USER);
    }

    @ParameterizedTest
    @CsvSource({"0000", "ffff", "1234"})
    void two_bytes_of_an_id_are_xrays_route_and_do_not_count(String route) {
        then(read("00 b831381d6324 " + route + " ad4f8cda48b30811 00 03")).isEqualTo(VlessRequest.mux());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15})
    void every_other_byte_of_an_id_counts(int at) {
        byte[] header = Hex.bytes("00 " + ID + " 00 03");
        header[1 + at] ^= 1;

        thenThrownBy(() -> new RequestHeaderDecoder(USERS).read(Unpooled.wrappedBuffer(header)))
                .isInstanceOfSatisfying(
                        CarrierException.class, e -> then(e.reason()).isEqualTo(Reason.UNKNOWN_USER));
    }

    @ParameterizedTest
    @CsvSource({
        "nothing, '', ''",
        "a flow, 0a 03 666f6f, foo",
        "two flows; the last one counts, 0a 03 666f6f 0a 01 62, b",
        "a flow that is a number, 08 05, ''",
        "a seed, 12 03 010203, ''",
        "a number of ten bytes, 18 ffffffffffffffffff01, ''",
        "8 bytes, 19 0102030405060708, ''",
        "4 bytes, 1d 01020304, ''",
        "a group in a group, 1b 23 0a01ff 24 1c, ''",
        "an empty field of a large number, fa ff ff ff 0f 00, ''",
    })
    void reads_addons(String what, String addons, String flow) {
        then(Addons.flow(Hex.bytes(addons))).as(what).isEqualTo(flow);
    }

    @ParameterizedTest
    @CsvSource({
        "a number that is cut, 18 ff",
        "a number of eleven bytes, 18 ffffffffffffffffffff 01",
        "a field 0, 02 00",
        "a flow that is cut, 0a 03 6666",
        "a length beyond all bounds, 0a ffffffffffffffffff01",
        "8 bytes that are cut, 19 01020304",
        "4 bytes that are cut, 1d 0102",
        "a group without an end, 1b 18 05",
        "the end of another group, 1b 24",
        "the end of no group, 1c",
        "a wire type that does not exist, 1e",
    })
    void refuses_broken_addons(String what, String addons) {
        thenThrownBy(() -> Addons.flow(Hex.bytes(addons)))
                .as(what)
                .isInstanceOfSatisfying(
                        CarrierException.class, e -> then(e.reason()).isEqualTo(Reason.OPTION));
    }

    @Test
    void reads_addons_of_255_bytes() {
        then(read("00 " + ID + " ff 12fc01 " + "55".repeat(252) + " 04")).isEqualTo(VlessRequest.reverse());
    }

    @Test
    void reads_the_longest_header_byte_by_byte() {
        String name = "a".repeat(255);
        byte[] header = Hex.bytes("00 " + ID + " ff 12fc01 " + "55".repeat(252) + " 01 ffff 02 ff " + "61".repeat(255));
        RequestHeaderDecoder decoder = new RequestHeaderDecoder(USERS);
        for (int i = 0; i < header.length - 1; i++) {
            then(decoder.read(Unpooled.wrappedBuffer(header, i, 1))).isNull();
        }

        then(decoder.read(Unpooled.wrappedBuffer(header, header.length - 1, 1)))
                .isNotNull()
                .satisfies(opening ->
                        then(opening.request()).isEqualTo(VlessRequest.connect(Destination.tcp(name, 65_535))));
    }

    @Test
    void says_that_it_is_wrong_as_soon_as_that_is_sure() {
        thenIsRefused("47", Reason.VERSION);
        thenIsRefused("00 " + ID + " 00 05", Reason.COMMAND);
        thenIsRefused("00 " + ID + " 00 01 0050 04", Reason.ADDRESS);
        thenIsRefused("00 " + ID + " 00 01 0050 02 00", Reason.ADDRESS);
        thenIsRefused("00 " + ID + " 01 ff 01", Reason.OPTION);
    }

    @Test
    void shows_no_more_than_a_line_of_what_a_peer_wrote() {
        thenThrownBy(() -> read("00 " + ID + " 00 01 0050 02 ff " + "0d".repeat(255)))
                .satisfies(
                        e -> then(e.getMessage()).hasSizeLessThanOrEqualTo(256).doesNotContain("\r"));
    }

    @Test
    void never_shows_an_id_in_a_text() {
        VlessUser user = new VlessUser("shop", UserId.of(ID), false);

        then(new RequestHeaderDecoder.Opening(user, VlessRequest.mux()).toString())
                .contains("shop")
                .doesNotContain("b831381d");
    }
}
