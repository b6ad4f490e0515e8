package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.SlidingWindow;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A client's session at a server of 2022: what came, where it came from last, and the server's own session for it. */
final class UdpSession2022 {
    private final long id;
    private final ShadowsocksUser user;
    private final @Nullable AeadCipher opener;
    private final PacketSealer2022 sealer;
    private final SlidingWindow window = new SlidingWindow();

    private InetSocketAddress address;
    private long heard;

    UdpSession2022(
            long id,
            ShadowsocksUser user,
            @Nullable AeadCipher opener,
            PacketSealer2022 sealer,
            InetSocketAddress address) {
        this.id = id;
        this.user = user;
        this.opener = opener;
        this.sealer = sealer;
        this.address = address;
    }

    long id() {
        return id;
    }

    ShadowsocksUser user() {
        return user;
    }

    /** Null for ChaCha20. */
    @Nullable
    AeadCipher opener() {
        return opener;
    }

    PacketSealer2022 sealer() {
        return sealer;
    }

    boolean isNew(long number) {
        return window.isNew(number);
    }

    /** A packet was found good in all. */
    void heard(long number, InetSocketAddress from, long nanos) {
        window.enter(number);
        address = from;
        heard = nanos;
    }

    /** Where the last good packet came from, and answers go to: a client's address may change. */
    InetSocketAddress address() {
        return address;
    }

    /** When the last good packet came. */
    long heardAt() {
        return heard;
    }

    void wipe() {
        if (opener != null) {
            opener.wipe();
        }
        sealer.wipe();
    }
}
