package dev.reversetunnel.tls;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The forms in which private keys are stored. The JDK reads PKCS #8 only; {@code openssl genrsa} and {@code openssl
 * ecparam} write older ones, which are wrapped.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5208">RFC 5208, PKCS #8</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2">RFC 8017, keys of RSA</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5915">RFC 5915, keys of elliptic curves</a>
 */
final class KeyDer {
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");
    private static final String PBES2 = "1.2.840.113549.1.5.13";

    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    private static final int PARAMETERS = 0xa0;
    private static final byte[] VERSION_0 = {2, 1, 0};
    private static final byte[] OF_RSA = {
        0x30, 13, 6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 13, 1, 1, 1, 5, 0
    };
    private static final byte[] OID_EC = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

    private KeyDer() {}

    /** Of any form and kind. */
    static PrivateKey key(byte[] der) throws GeneralSecurityException {
        PrivateKey key = pkcs8(der);
        if (key == null) {
            key = pkcs8(wrap(OF_RSA, der));
        }
        if (key == null) {
            byte[] curve = curve(der);
            key = curve == null ? null : pkcs8(wrap(tlv(SEQUENCE, OID_EC, curve), der));
        }
        if (key == null) {
            throw new InvalidKeySpecException("a key of an unknown kind (expected: RSA, EC or EdDSA)");
        }
        return key;
    }

    /** Of PKCS #8, encrypted. */
    static PrivateKey decrypt(byte[] der, @Nullable String password) throws GeneralSecurityException {
        char[] characters = password == null ? new char[0] : password.toCharArray();
        PBEKeySpec spec = new PBEKeySpec(characters);
        try {
            EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
            String name = info.getAlgName();
            // Of version 2 the parameters name the cipher, and say so only as text.
            String algorithm =
                    name.equals(PBES2) || name.equals("PBES2") ? String.valueOf(info.getAlgParameters()) : name;
            SecretKey secret = SecretKeyFactory.getInstance(algorithm).generateSecret(spec);
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(Cipher.DECRYPT_MODE, secret, info.getAlgParameters());
            KeySpec plain = info.getKeySpec(cipher);
            return key(((PKCS8EncodedKeySpec) plain).getEncoded());
        } catch (IOException e) {
            throw new InvalidKeyException("not PKCS #8", e);
        } finally {
            spec.clearPassword();
        }
    }

    private static @Nullable PrivateKey pkcs8(byte[] der) {
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(der);
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (GeneralSecurityException e) {
                // of another kind, or no key; the caller tells if none fits
            }
        }
        return null;
    }

    private static byte[] wrap(byte[] algorithm, byte[] key) {
        return tlv(SEQUENCE, VERSION_0, algorithm, tlv(OCTETS, key));
    }

    /** The name of the curve in a key of RFC 5915: version, key, [0] curve, [1] point. Null if it is no such key. */
    private static byte @Nullable [] curve(byte[] der) {
        int at = content(der, 0, SEQUENCE);
        for (int field = 0; at > 0 && field < 3; field++) {
            int inside = content(der, at, der.length > at ? der[at] & 0xff : -1);
            if (inside < 0) {
                return null;
            }
            int end = inside + length(der, at);
            if (end > der.length) {
                return null;
            }
            if ((der[at] & 0xff) == PARAMETERS) {
                return java.util.Arrays.copyOfRange(der, inside, end);
            }
            at = end;
        }
        return null;
    }

    /** Where the content of an element begins; -1 if it is none of this tag. */
    private static int content(byte[] der, int at, int tag) {
        if (at + 2 > der.length || (der[at] & 0xff) != tag) {
            return -1;
        }
        int first = der[at + 1] & 0xff;
        int inside = at + 2 + (first < 0x80 ? 0 : first - 0x80);
        return first > 0x82 || inside > der.length ? -1 : inside;
    }

    /** Of the content, once {@link #content} has found it. */
    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return switch (first) {
            case 0x81 -> der[at + 2] & 0xff;
            case 0x82 -> (der[at + 2] & 0xff) << 8 | (der[at + 3] & 0xff);
            default -> first;
        };
    }

    private static byte[] tlv(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        int length = content.size();
        ByteArrayOutputStream whole = new ByteArrayOutputStream(length + 4);
        whole.write(tag);
        if (length >= 0x100) {
            whole.write(0x82);
            whole.write(length >> 8);
        } else if (length >= 0x80) {
            whole.write(0x81);
        }
        whole.write(length);
        whole.writeBytes(content.toByteArray());
        return whole.toByteArray();
    }
}
