package dev.reversetunnel;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The handshake of BitTorrent, which names no host.
 *
 * @see <a href="https://www.bittorrent.org/beps/bep_0003.html">BEP 3</a>
 */
final class BitTorrentOpening extends OpeningReader {
    static final byte FIRST = 19;

    private static final byte[] HANDSHAKE = "\u0013BitTorrent protocol".getBytes(StandardCharsets.US_ASCII);

    private int matched;

    @Override
    @Nullable
    Sniffed read(ByteBuf in) {
        while (in.isReadable()) {
            if (in.readByte() != HANDSHAKE[matched++]) {
                return UNKNOWN;
            }
            if (matched == HANDSHAKE.length) {
                return new Sniffed(Sniffed.BITTORRENT, "");
            }
        }
        return null;
    }

    @Override
    Sniffed end() {
        return UNKNOWN;
    }
}
