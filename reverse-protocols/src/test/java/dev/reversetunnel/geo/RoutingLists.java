package dev.reversetunnel.geo;

import static dev.reversetunnel.geo.DatFiles.cidr;
import static dev.reversetunnel.geo.DatFiles.list;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Files with lists that V2Ray reads, too. */
public final class RoutingLists {
    /** What is private to the published {@code geoip.dat}. */
    private static final List<String> PRIVATE = List.of(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::1/128",
            "fc00::/7",
            "fe80::/10");

    private RoutingLists() {}

    /**
     * Writes {@code geosite.dat} with GOOGLE and CN, and {@code geoip.dat} with CN, DE and PRIVATE.
     *
     * @param folder where to
     * @throws IOException if it cannot be written
     */
    public static void write(Path folder) throws IOException {
        DatFiles.folder(folder);
        List<ByteString> blocks = new ArrayList<>();
        for (String block : PRIVATE) {
            int slash = block.indexOf('/');
            blocks.add(cidr(block.substring(0, slash), Integer.parseInt(block.substring(slash + 1))));
        }
        DatFiles.write(
                folder.resolve("geoip.dat"),
                list("CN", cidr("1.0.1.0", 24), cidr("2001:250::", 35)),
                list("DE", cidr("5.1.2.0", 24), cidr("2a00:1450::", 32)),
                list("PRIVATE", blocks.toArray(ByteString[]::new)));
    }
}
