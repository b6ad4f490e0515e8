package dev.reversetunnel.geo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** A file of lists in V2Ray's format: where each list is, by its code in lower case. */
record DatFile(Path path, Map<String, Slice> lists) {
    /** What goes on inside of a list is for others. */
    interface Reading<T> {
        T read(Slice list) throws IOException;
    }

    /** Reads the codes; {@code origin} is where such files come from. */
    static DatFile read(Path path, String origin) {
        try {
            byte[] bytes = Files.readAllBytes(path);
            Map<String, Slice> lists = new LinkedHashMap<>();
            Message.read(new Slice(bytes, 0, bytes.length), new Message.Fields() {
                @Override
                public void part(int field, Slice list) throws IOException {
                    if (field == 1) {
                        lists.put(code(list), list);
                    }
                }
            });
            if (lists.isEmpty()) {
                throw new IOException("it holds no list");
            }
            return new DatFile(path, lists);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("there is no file " + path + "; get one from " + origin, e);
        } catch (IOException e) {
            throw unreadable(path, e);
        } catch (NoClassDefFoundError e) {
            throw new IllegalArgumentException(
                    "to read " + path
                            + " add com.google.protobuf:protobuf-javalite to the class path (with modules, also"
                            + " --add-modules com.google.protobuf)",
                    e);
        }
    }

    private static String code(Slice list) throws IOException {
        StringBuilder code = new StringBuilder();
        Message.read(list, new Message.Fields() {
            @Override
            public void part(int field, Slice value) {
                if (field == 1) {
                    code.append(value.text().toLowerCase(Locale.ROOT));
                }
            }
        });
        return code.toString();
    }

    /** Reads the inside of a list. */
    <T> T inside(Slice list, Reading<T> reading) {
        try {
            return reading.read(list);
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    private static IllegalArgumentException unreadable(Path path, IOException cause) {
        return new IllegalArgumentException(
                "cannot read " + path + ": " + cause.getMessage() + " (expected: a file in the format of V2Ray's"
                        + " geosite.dat or geoip.dat)",
                cause);
    }
}
