package dev.reversetunnel.geo;

import dev.reversetunnel.AddressSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Lists of addresses in the format of {@code geoip.dat}. Any thread. */
final class CidrFile implements AddressFile {
    private static final String ORIGIN = "https://github.com/v2fly/geoip/releases";

    private final DatFile file;
    private final Map<String, AddressSet> made = new ConcurrentHashMap<>();

    private CidrFile(DatFile file) {
        this.file = file;
    }

    static AddressFile read(Path path) {
        return new CidrFile(DatFile.read(path, ORIGIN));
    }

    @Override
    public Optional<AddressSet> list(String code) {
        Slice list = file.lists().get(code);
        return list == null
                ? Optional.empty()
                : Optional.of(made.computeIfAbsent(code, wanted -> file.inside(list, CidrFile::addresses)));
    }

    @Override
    public Set<String> codes() {
        return file.lists().keySet();
    }

    private static AddressSet addresses(Slice list) throws IOException {
        AddressSet.Builder addresses = AddressSet.builder();
        boolean[] inverse = {false};
        Message.read(list, new Message.Fields() {
            @Override
            public void number(int field, long value) {
                inverse[0] |= field == 3 && value != 0;
            }

            @Override
            public void part(int field, Slice value) throws IOException {
                if (field == 2) {
                    add(value, addresses);
                }
            }
        });
        if (inverse[0]) { // no published file has one
            throw new IOException(
                    "the list means all other addresses (expected: those that it names; write geoip:!code)");
        }
        return addresses.build();
    }

    private static void add(Slice cidr, AddressSet.Builder addresses) throws IOException {
        byte[][] address = {{}};
        int[] prefix = {0};
        Message.read(cidr, new Message.Fields() {
            @Override
            public void number(int field, long value) {
                if (field == 2) {
                    prefix[0] = (int) Math.min(value, Integer.MAX_VALUE);
                }
            }

            @Override
            public void part(int field, Slice value) {
                if (field == 1) {
                    address[0] = value.copy();
                }
            }
        });
        try {
            addresses.add(address[0], prefix[0]);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
