package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.CryptoScratch;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.crypto.SlidingWindow;
import dev.reversetunnel.net.Datagram;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.security.Provider;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The UDP socket of a client of 2022: one session. Takes answers of the server's present session and of the one before:
 * a server that was started again begins a new one.
 */
final class UdpClient2022 extends UdpClient {
    /** A second change before that is not believed: packets of a session that was forgotten could be taken twice. */
    private static final long LEAST_CHANGE =
            Duration.ofSeconds(2 * Clocks.WINDOW + 1).toNanos();

    private final PacketSealer2022 sealer;
    private final PacketOpener2022 opener;
    private final LongSupplier seconds;
    private final LongSupplier nanos;
    private final Randomness randomness;

    private @Nullable ServerSession present;
    private @Nullable ServerSession before;
    private long changedAt;

    /**
     * A new session.
     *
     * @param seconds the wall clock
     * @param nanos monotonic
     */
    UdpClient2022(
            ShadowsocksMethod method,
            ClientKey key,
            LongSupplier seconds,
            LongSupplier nanos,
            Randomness randomness,
            @Nullable Provider provider) {
        this.seconds = seconds;
        this.nanos = nanos;
        this.randomness = randomness;
        this.sealer = new PacketSealer2022(method, key, randomness.bytes(Long.BYTES), randomness, provider);
        // Answers are sealed for the user alone, whatever servers were on the way.
        ShadowsocksUser self = new ShadowsocksUser("", method, key.own());
        this.opener = new PacketOpener2022(new Users2022(null, List.of(self)), this::cipher, provider);
    }

    @Override
    @Nullable
    ByteBuf seal(ChannelHandlerContext ctx, Datagram datagram) {
        int padding = PacketBody2022.drawPadding(datagram.peer(), datagram.content(), randomness);
        return sealer.seal(seconds.getAsLong(), null, padding, datagram.peer(), datagram.content(), ctx.alloc());
    }

    @Override
    @Nullable
    Datagram open(ChannelHandlerContext ctx, byte[] packet, int size) {
        byte[] plain = CryptoScratch.current().target();
        PacketOpener2022.Opened opened = opener.open(packet, size, plain);
        if (opened == null) {
            return null;
        }
        ServerSession session = find(opened.session());
        if (session == null ? !mayChange() : !session.window.isNew(opened.number())) {
            return null;
        }
        Datagram datagram = PacketBody2022.read(
                Unpooled.wrappedBuffer(plain, PacketSealer2022.HEADER_BYTES, opened.bodyBytes()),
                sealer.session(),
                seconds.getAsLong(),
                ctx.alloc());
        if (datagram != null) {
            (session == null ? change(opened) : session).window.enter(opened.number());
        }
        return datagram;
    }

    private @Nullable AeadCipher cipher(long id, ShadowsocksUser user) {
        ServerSession session = find(id);
        return session == null ? null : session.cipher;
    }

    private @Nullable ServerSession find(long id) {
        if (present != null && present.id == id) {
            return present;
        }
        return before != null && before.id == id ? before : null;
    }

    private boolean mayChange() {
        return before == null || nanos.getAsLong() - changedAt >= LEAST_CHANGE;
    }

    private ServerSession change(PacketOpener2022.Opened opened) {
        if (before != null) {
            before.wipe();
        }
        before = present;
        changedAt = nanos.getAsLong();
        ServerSession session = new ServerSession(opened.session(), opened.cipher());
        present = session;
        return session;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        sealer.wipe();
        if (present != null) {
            present.wipe();
        }
        if (before != null) {
            before.wipe();
        }
    }

    /** A session of the server's. */
    private static final class ServerSession {
        private final long id;
        private final @Nullable AeadCipher cipher;
        private final SlidingWindow window = new SlidingWindow();

        private ServerSession(long id, @Nullable AeadCipher cipher) {
            this.id = id;
            this.cipher = cipher;
        }

        private void wipe() {
            if (cipher != null) {
                cipher.wipe();
            }
        }
    }
}
