package dev.reversetunnel.secrets;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** A secret that must be found nowhere, in none of the forms that programs print bytes in. */
final class Canary {
    private static final String COMMAND_KEY_MAGIC = "c48619fe-8f02-49e0-b9e9-edf763e17e21";

    private final String name;
    private final byte[] bytes;

    Canary(String name, byte[] bytes) {
        this.name = name;
        this.bytes = bytes.clone();
    }

    static Canary text(String name, String text) {
        return new Canary(name, text.getBytes(StandardCharsets.US_ASCII));
    }

    static Canary id(String name, UUID id) {
        return new Canary(name, idBytes(id));
    }

    /** What VMess makes of an id, and seals with. */
    static Canary commandKey(String name, UUID id) {
        return md5(name, idBytes(id), COMMAND_KEY_MAGIC.getBytes(StandardCharsets.US_ASCII));
    }

    static Canary base64(String name, String key) {
        return new Canary(name, Base64.getDecoder().decode(key));
    }

    /** The first half of what Shadowsocks of 2017 makes of a password. */
    static Canary passwordKey(String name, String password) {
        return md5(name, password.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] idBytes(UUID id) {
        return ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    private static Canary md5(String name, byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return new Canary(name, digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has MD5", e);
        }
    }

    byte[] bytes() {
        return bytes.clone();
    }

    /** One character a byte, as text that was decoded by ISO 8859-1. */
    Set<String> forms() {
        Set<String> forms = new TreeSet<>();
        forms.add(new String(bytes, StandardCharsets.ISO_8859_1));
        for (HexFormat hex : new HexFormat[] {HexFormat.of(), HexFormat.ofDelimiter(" "), HexFormat.ofDelimiter(":")}) {
            forms.add(hex.formatHex(bytes));
            forms.add(hex.formatHex(bytes).toUpperCase(Locale.ROOT));
        }
        String list = Arrays.toString(bytes);
        forms.add(list.substring(1, list.length() - 1));
        addBase64(forms, Base64.getEncoder());
        addBase64(forms, Base64.getUrlEncoder());
        if (bytes.length == 16) {
            ByteBuffer halves = ByteBuffer.wrap(bytes);
            String id = new UUID(halves.getLong(), halves.getLong()).toString();
            forms.add(id);
            forms.add(id.toUpperCase(Locale.ROOT));
            ByteBuffer object =
                    ByteBuffer.allocate(16).putLong(halves.getLong(8)).putLong(halves.getLong(0));
            forms.add(new String(object.array(), StandardCharsets.ISO_8859_1)); // a UUID in a dump of the heap
        }
        return forms;
    }

    /** Also as a part of something longer, "user:password" above all: without the characters at both ends then. */
    private void addBase64(Set<String> forms, Base64.Encoder encoder) {
        for (int before = 0; before < 3; before++) {
            byte[] shifted = new byte[before + bytes.length];
            System.arraycopy(bytes, 0, shifted, before, bytes.length);
            int shared = before == 0 ? 0 : before + 1;
            String whole = encoder.withoutPadding().encodeToString(shifted);
            int end = shifted.length % 3 == 0 ? whole.length() : whole.length() - 1;
            forms.add(whole.substring(shared, end));
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
