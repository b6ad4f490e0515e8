package dev.reversetunnel.geo;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes files in the formats of V2Ray's {@code geosite.dat} and {@code geoip.dat}, as {@code config.proto} has them.
 */
final class DatFiles {
    private DatFiles() {}

    static void write(Path file, ByteString... lists) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (ByteString list : lists) {
            all.write(nested(1, list));
        }
        Files.write(file, all.toByteArray());
    }

    static ByteString list(String code, ByteString... entries) throws IOException {
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        list.write(text(1, code));
        for (ByteString entry : entries) {
            list.write(nested(2, entry));
        }
        return ByteString.copyFrom(list.toByteArray());
    }

    /** An entry of {@code geosite.dat}. */
    static ByteString domain(int type, String value, String... attributes) throws IOException {
        ByteArrayOutputStream domain = new ByteArrayOutputStream();
        if (type != 0) { // proto3 leaves zeros out
            domain.write(number(1, type));
        }
        domain.write(text(2, value));
        for (String attribute : attributes) {
            ByteArrayOutputStream inside = new ByteArrayOutputStream();
            inside.write(text(1, attribute));
            inside.write(number(2, 1));
            domain.write(nested(3, ByteString.copyFrom(inside.toByteArray())));
        }
        return ByteString.copyFrom(domain.toByteArray());
    }

    /** An entry of {@code geoip.dat}. */
    static ByteString cidr(String address, int prefix) throws IOException {
        ByteArrayOutputStream cidr = new ByteArrayOutputStream();
        cidr.write(nested(1, ByteString.copyFrom(InetAddress.getByName(address).getAddress())));
        if (prefix != 0) {
            cidr.write(number(2, prefix));
        }
        return ByteString.copyFrom(cidr.toByteArray());
    }

    static ByteString inverse(ByteString list) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(list.toByteArray());
        all.write(number(3, 1));
        return ByteString.copyFrom(all.toByteArray());
    }

    private static byte[] text(int field, String text) throws IOException {
        return nested(field, ByteString.copyFromUtf8(text));
    }

    private static byte[] nested(int field, ByteString message) throws IOException {
        return written(out -> out.writeByteArray(field, message.toByteArray()));
    }

    private static byte[] number(int field, int value) throws IOException {
        return written(out -> out.writeUInt32(field, value));
    }

    private interface Writing {
        void to(CodedOutputStream out) throws IOException;
    }

    private static byte[] written(Writing writing) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        writing.to(out);
        out.flush();
        return bytes.toByteArray();
    }

    /** A folder with both files. */
    static Path folder(Path folder) throws IOException {
        write(
                folder.resolve("geosite.dat"),
                list(
                        "GOOGLE",
                        domain(2, "google.com"),
                        domain(2, "google.cn", "cn"),
                        domain(2, "doubleclick.net", "ads"),
                        domain(3, "ads.google.cn", "ads", "cn")),
                list("CN", domain(2, "cn"), domain(1, "^baidu\\d\\."), domain(0, "taobao"), domain(3, "www.qq.com")),
                list("CATEGORY-ADS-ALL", domain(3, "ads.example.com")));
        write(
                folder.resolve("geoip.dat"),
                list("CN", cidr("1.0.1.0", 24), cidr("2001:250::", 35)),
                list("DE", cidr("2.16.0.0", 13), cidr("::ffff:5.1.2.0", 24)),
                list("PRIVATE", cidr("10.0.0.0", 8)));
        return folder;
    }

    static List<String> codes() {
        return List.of("google", "cn", "category-ads-all");
    }
}
