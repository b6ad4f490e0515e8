package dev.reversetunnel.sharelink;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.testkit.Fuzzing;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Links that people paste: a client, whose own link says the same again, or an exception that is declared. */
class ShareLinkJazzerTest {
    private static final String ID = "b831381d-6324-4d53-ad4f-8cda48b30811";

    static Stream<byte[]> links() {
        return Stream.of(
                        "ss://YWVzLTEyOC1nY206dGVzdA@192.168.100.1:8888#Example1",
                        "ss://2022-blake3-aes-128-gcm:xF3QmRfVxYz0mBqHq5uDpQ%3D%3D@[2001:db8::1]:8888/?plugin=#x%20y",
                        "ss://" + base64("aes-256-gcm:secret@example.com:443") + "#old",
                        "vless://" + ID
                                + "@example.com:443?encryption=none&type=ws&security=tls&path=%2Fa%3Fed%3D9&host=h&sni=s#n",
                        "vless://" + ID + "@127.0.0.1:80?type=tcp&headerType=none&security=none",
                        "vless://" + ID + "@example.com:443?flow=xtls-rprx-vision&security=reality&pbk=x&fp=chrome",
                        "vmess://" + ID
                                + "@example.com:443?encryption=auto&type=ws&security=tls&alpn=h2%2Chttp%2F1.1#n",
                        "vless://" + ID + "@example.com:443?security=tls&alpn=x,,,",
                        "vmess://"
                                + base64("{\"v\":\"2\",\"ps\":\"n\",\"add\":\"example.com\",\"port\":\"443\",\"id\":\""
                                        + ID
                                        + "\",\"aid\":0,\"scy\":\"auto\",\"net\":\"ws\",\"type\":\"none\",\"host\":\"h\","
                                        + "\"path\":\"/a\",\"tls\":\"tls\",\"sni\":\"s\",\"alpn\":\"\",\"fp\":\"\"}"))
                .map(link -> link.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** One that begins with a brace stands for the Base64 that it would be in. */
    @MethodSource("links")
    @FuzzTest
    void links(byte[] data) throws Exception {
        Fuzzing.judge(data, (input, buffers) -> {
            String text = new String(input, StandardCharsets.UTF_8);
            ShareLink link;
            try {
                link = ShareLink.parse(text.startsWith("{") ? "vmess://" + base64(text) : text);
            } catch (IllegalArgumentException e) {
                then(e.getClass()).as("%s", e).isEqualTo(IllegalArgumentException.class);
                then(e.getMessage()).isNotBlank();
                return;
            }
            ShareLink own;
            try {
                own = ShareLink.of(link.name(), link.outbound());
            } catch (IllegalArgumentException e) {
                return; // another program's link may say more than ours can
            }
            ShareLink again = ShareLink.parse(own.link());
            then(again.name()).isEqualTo(link.name());
            then(again.warnings()).isEmpty();
            then(ShareLink.of(again.name(), again.outbound()).link()).isEqualTo(own.link());
        });
    }
}
