package dev.reversetunnel.vmess;

import dev.reversetunnel.crypto.Digests;
import dev.reversetunnel.crypto.UserId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.UUID;

/** What proves that somebody is a user: derived from his id, and as secret as that. */
final class UserKey {
    /** Appended to each id before it is hashed; the protocol's, the same for everybody. */
    private static final byte[] SALT = "c48619fe-8f02-49e0-b9e9-edf763e17e21".getBytes(StandardCharsets.US_ASCII);

    private final UserId id;
    private final byte[] command;
    private final byte[] authId;

    private UserKey(UserId id) {
        this.id = id;
        MessageDigest md5 = Digests.md5();
        md5.update(id.bytes());
        command = md5.digest(SALT);
        authId = VmessKdf.key(command, VmessKdf.Label.AUTH_ID);
    }

    static UserKey of(UUID id) {
        return new UserKey(UserId.of(id));
    }

    /**
     * Takes what {@link UserId#of(String)} takes.
     *
     * @throws IllegalArgumentException if the text is no id
     */
    static UserKey of(String id) {
        return new UserKey(UserId.of(id));
    }

    /** What it was made of, for the document of another program. */
    UUID id() {
        return id.uuid();
    }

    /** The key from which those of a header are derived. Not to be written to. */
    byte[] command() {
        return command;
    }

    /** The AES key of the AuthID. Not to be written to. */
    byte[] authId() {
        return authId;
    }

    boolean isSameAs(UserKey other) {
        return MessageDigest.isEqual(command, other.command);
    }

    /** Never the key. */
    @Override
    public String toString() {
        return "UserKey";
    }
}
