package dev.reversetunnel.vmess;

import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.Destination;
import java.util.UUID;

/** Openings for who probes a server from outside: what only somebody with a user's id can make. */
public final class ProbeOpenings {
    private ProbeOpenings() {}

    /**
     * A valid opening, another one each time.
     *
     * @param id the user
     * @param seconds the time in it, since 1970
     * @param domain what it asks for, at port 0
     * @return the bytes of the header; of the same length for the same domain
     */
    public static byte[] opening(UUID id, long seconds, String domain) {
        UserKey user = UserKey.of(id);
        Randomness random = Randomness.secure();
        VmessRequest request = VmessRequest.random(
                Destination.tcp(domain, 0),
                VmessSecurity.AES_128_GCM,
                VmessRequest.CHUNK_STREAM | VmessRequest.CHUNK_MASKING,
                random);
        return RequestHeader.seal(
                user,
                RequestHeader.instructions(request, new byte[0]),
                AuthId.seal(user, seconds, random.bytes(AuthId.RANDOM_BYTES)),
                random.bytes(RequestHeader.NONCE_BYTES));
    }
}
