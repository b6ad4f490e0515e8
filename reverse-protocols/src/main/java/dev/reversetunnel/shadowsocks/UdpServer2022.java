package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.AssociationChannel;
import dev.reversetunnel.Associations;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.CryptoScratch;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.Datagram;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The UDP socket of a server of 2022: an association for each session that a client has named, wherever it sends from.
 *
 * <p>A session is remembered for longer than its association is kept, so that no packet of it is taken twice: until
 * none that was sent while it lasted could pass for a new one.
 */
final class UdpServer2022 extends UdpServer {
    /** Of our choice, as sing-box has it. */
    private static final long MEMORY = Duration.ofMinutes(5).toNanos();

    /** After that, all packets that came are too old by their own time: twice the window. */
    private static final long LEAST_MEMORY =
            Duration.ofSeconds(2 * Clocks.WINDOW + 1).toNanos();

    /** Of our choice; each takes about two KiB. */
    private static final int MAX_SESSIONS = 8_192;

    private final LongSupplier nanos;
    private final int maxSessions;
    private final Users2022 users;
    private final PacketOpener2022 opener;
    /** Those that were not heard of for longest come first. */
    private final Map<Long, UdpSession2022> sessions = new LinkedHashMap<>();

    private final Associations<Long> associations;

    UdpServer2022(UdpContext context, Users2022 users) {
        this(context, users, MAX_SESSIONS, System::nanoTime);
    }

    UdpServer2022(UdpContext context, Users2022 users, int maxSessions, LongSupplier nanos) {
        super(context);
        this.users = users;
        this.maxSessions = maxSessions;
        this.nanos = nanos;
        this.opener = new PacketOpener2022(users, this::cipher, context.provider());
        this.associations = context.associations();
    }

    private @Nullable AeadCipher cipher(long id, ShadowsocksUser user) {
        UdpSession2022 session = sessions.get(id);
        return session == null || !session.user().equals(user) ? null : session.opener();
    }

    @Override
    void packet(ChannelHandlerContext ctx, InetSocketAddress sender, byte[] packet, int size) {
        byte[] plain = CryptoScratch.current().target();
        PacketOpener2022.Opened opened = opener.open(packet, size, plain);
        if (opened == null || context().isRevoked(opened.user())) {
            return;
        }
        UdpSession2022 session = sessions.get(opened.session());
        if (session != null && (!session.user().equals(opened.user()) || !session.isNew(opened.number()))) {
            return;
        }
        Datagram datagram = PacketBody2022.read(
                Unpooled.wrappedBuffer(plain, PacketSealer2022.HEADER_BYTES, opened.bodyBytes()),
                null,
                context().seconds(),
                ctx.alloc());
        if (datagram == null) {
            return;
        }
        if (session == null) {
            session = begin(ctx.channel(), opened, sender);
            if (session == null) {
                datagram.release();
                return;
            }
        }
        // Not before: a packet that is wrong in any way must not use a number up. (sing-box has it otherwise.)
        session.heard(opened.number(), sender, nanos.getAsLong());
        sessions.remove(session.id());
        sessions.put(session.id(), session);
        deliver(ctx.channel(), session, datagram);
    }

    private @Nullable UdpSession2022 begin(Channel socket, PacketOpener2022.Opened opened, InetSocketAddress sender) {
        forgetOld();
        if (sessions.size() >= maxSessions) {
            context()
                    .refused(
                            new CarrierException(
                                    Reason.REPLAY_SET_FULL,
                                    "sessions of datagrams: " + sessions.size() + " (expected: less)"),
                            socket);
            return null;
        }
        byte[] own = Randomness.secure().bytes(Long.BYTES);
        return new UdpSession2022(
                opened.session(),
                opened.user(),
                opened.cipher(),
                new PacketSealer2022(
                        users.method(),
                        new ClientKey(List.of(), opened.user().key()),
                        own,
                        Randomness.secure(),
                        context().provider()),
                sender);
    }

    /** All that are older than they need to be, if there is no room; else only those that are of no use to anybody. */
    private void forgetOld() {
        long limit = sessions.size() >= maxSessions ? LEAST_MEMORY : MEMORY;
        long now = nanos.getAsLong();
        Iterator<UdpSession2022> oldest = sessions.values().iterator();
        while (oldest.hasNext()) {
            UdpSession2022 session = oldest.next();
            if (now - session.heardAt() < limit) {
                return;
            }
            oldest.remove();
            end(session);
        }
    }

    private void end(UdpSession2022 session) {
        AssociationChannel association = associations.get(session.id());
        if (association != null) {
            association.close();
        }
        session.wipe();
    }

    private void deliver(Channel socket, UdpSession2022 session, Datagram datagram) {
        AssociationChannel association = associations.get(session.id());
        if (association == null) {
            association = AssociationChannel.open(
                    socket, reached(socket), session.address(), answer -> send(socket, session, answer));
            associations.put(session.id(), association);
            context().handle(session.user(), datagram.peer(), session.address(), association);
        }
        association.deliver(datagram);
    }

    private void send(Channel socket, UdpSession2022 session, Datagram answer) {
        ByteBuf packet;
        try {
            packet = session.sealer()
                    .seal(
                            context().seconds(),
                            session.id(),
                            PacketBody2022.drawPadding(answer.peer(), answer.content(), Randomness.secure()),
                            answer.peer(),
                            answer.content(),
                            socket.alloc());
        } finally {
            answer.release();
        }
        if (packet != null) {
            socket.write(new DatagramPacket(packet, session.address()), socket.newPromise());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        associations.close();
        sessions.values().forEach(UdpSession2022::wipe);
        sessions.clear();
        ctx.fireChannelInactive();
    }
}
