package dev.reversetunnel;

import io.netty.buffer.ByteBuf;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what may be the opening of one protocol, in pieces of any size, until it is clear. One for each visitor. */
abstract class OpeningReader implements AutoCloseable {
    /** It is not that protocol. */
    static final Sniffed UNKNOWN = new Sniffed("", "");

    private static final int TLS_HANDSHAKE = 22;

    /** All that can be looked for. */
    static Set<String> known() {
        return Set.of(Sniffed.HTTP, Sniffed.TLS, Sniffed.BITTORRENT);
    }

    /**
     * For the protocol whose opening may begin so: there is only one.
     *
     * @param first the visitor's first byte
     * @param wanted which protocols are looked for
     * @param limit how many bytes there will be at most
     * @return null if there is none
     */
    static @Nullable OpeningReader of(byte first, Set<String> wanted, int limit) {
        if (first == TLS_HANDSHAKE) {
            return wanted.contains(Sniffed.TLS) ? new TlsOpening(limit) : null;
        }
        if (first == BitTorrentOpening.FIRST) {
            return wanted.contains(Sniffed.BITTORRENT) ? new BitTorrentOpening() : null;
        }
        return HttpOpening.mayBegin(first) && wanted.contains(Sniffed.HTTP) ? new HttpOpening(limit) : null;
    }

    /**
     * Reads on.
     *
     * @param in what came next, all of which is read; stays with the caller
     * @return what it is, {@link #UNKNOWN} if it is something else; null if more must come
     */
    abstract @Nullable Sniffed read(ByteBuf in);

    /**
     * No more will be read.
     *
     * @return what is known by now
     */
    abstract Sniffed end();

    /** Releases what it holds. */
    @Override
    public void close() {}
}
