package dev.reversetunnel.geo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes small files in MaxMind's format: a binary tree over the bits of addresses, whose leaves lead to data.
 *
 * @see <a href="https://maxmind.github.io/MaxMind-DB/">MaxMind DB File Format Specification</a>
 */
final class MaxMindFile {
    private static final int EMPTY = -1;
    private static final byte[] METADATA = {
        (byte) 0xab, (byte) 0xcd, (byte) 0xef, 'M', 'a', 'x', 'M', 'i', 'n', 'd', '.', 'c', 'o', 'm'
    };

    private final List<int[]> nodes = new ArrayList<>();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    MaxMindFile() {
        nodes.add(new int[] {EMPTY, EMPTY});
    }

    /** A block; IPv4 as the format has it, below ::/96. Blocks must not overlap. */
    MaxMindFile with(String address, int prefix, Object record) throws IOException {
        int at = data.size();
        value(data, record);
        byte[] bytes = InetAddress.getByName(address).getAddress();
        int skipped = bytes.length == 4 ? 96 : 0;
        int node = 0;
        for (int i = 0; i < skipped + prefix - 1; i++) {
            int side = bit(bytes, i - skipped);
            int next = nodes.get(node)[side];
            if (next == EMPTY) {
                next = nodes.size();
                nodes.add(new int[] {EMPTY, EMPTY});
                nodes.get(node)[side] = next;
            }
            node = next;
        }
        nodes.get(node)[bit(bytes, prefix - 1)] = -2 - at;
        return this;
    }

    private static int bit(byte[] bytes, int index) {
        return index < 0 ? 0 : (bytes[index / 8] >> (7 - index % 8)) & 1;
    }

    void write(Path file) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int[] node : nodes) {
            for (int record : node) {
                int number = record == EMPTY ? nodes.size() : record >= 0 ? record : nodes.size() + 16 - 2 - record;
                all.write(number >>> 16);
                all.write(number >>> 8);
                all.write(number);
            }
        }
        all.write(new byte[16]);
        all.write(data.toByteArray());
        all.write(METADATA);
        value(
                all,
                Map.of(
                        "node_count",
                        nodes.size(),
                        "record_size",
                        24,
                        "ip_version",
                        6,
                        "database_type",
                        "Test-Country",
                        "binary_format_major_version",
                        2,
                        "binary_format_minor_version",
                        0,
                        "build_epoch",
                        1L,
                        "languages",
                        List.of(),
                        "description",
                        Map.of("en", "a test")));
        Files.write(file, all.toByteArray());
    }

    private static void value(ByteArrayOutputStream out, Object value) throws IOException {
        if (value instanceof Map<?, ?> map) {
            out.write(7 << 5 | map.size());
            for (var entry : map.entrySet()) {
                value(out, entry.getKey());
                value(out, entry.getValue());
            }
        } else if (value instanceof String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            out.write(2 << 5 | bytes.length);
            out.write(bytes);
        } else if (value instanceof List<?>) {
            out.write(0); // an extended type, empty
            out.write(11 - 7);
        } else if (value instanceof Long number) {
            out.write(8);
            out.write(9 - 7);
            for (int shift = 56; shift >= 0; shift -= 8) {
                out.write((int) (number >>> shift));
            }
        } else {
            int number = (Integer) value;
            out.write(6 << 5 | 4);
            for (int shift = 24; shift >= 0; shift -= 8) {
                out.write(number >>> shift);
            }
        }
    }
}
