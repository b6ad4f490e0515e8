package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.Command;
import dev.reversetunnel.Grant;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.UdpSockets;
import dev.reversetunnel.body.BodyDecoder;
import dev.reversetunnel.body.BodyEncoder;
import dev.reversetunnel.body.BodyReader;
import dev.reversetunnel.body.ChunkReader;
import dev.reversetunnel.body.ReaderBehind;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.crypto.ReplayWindow;
import dev.reversetunnel.crypto.SaltMemory;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.door.Manner;
import dev.reversetunnel.door.Opening;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.security.Provider;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A server on one port: what all of its connections share. */
final class ShadowsocksListener {
    private final Settings settings;
    private final Door door;
    private final @Nullable Users2022 users2022;
    private final SaltMemory salts2017;
    private final ReplayWindow salts2022;

    ShadowsocksListener(Settings settings, Door door) {
        this.settings = settings;
        this.door = door;
        this.users2022 = settings.is2022()
                ? new Users2022(settings.serverKey(), settings.users(), door.context()::isRevoked)
                : null;
        this.salts2017 = new SaltMemory(Math.max(1, settings.replayCapacity() / 2));
        this.salts2022 = new ReplayWindow(
                settings.users().get(0).method().saltBytes(), settings.replayCapacity(), Clocks.WINDOW, Clocks.WINDOW);
    }

    Door door() {
        return door;
    }

    /** For a new connection. */
    Opening opening(Channel channel) {
        // Only where nobody else cuts the stream into pieces is the first read the peer's own.
        boolean strict = door.manner() == Manner.RESET;
        return new HeaderOpening(
                users2022 == null
                        ? new RequestDecoder2017(
                                settings.users(), door.context()::isRevoked, salts2017, settings.provider())
                        : new RequestDecoder2022(users2022, strict, salts2022, this::seconds, settings.provider()));
    }

    /** Listens at a port of its own, which streams have as well. */
    Future<Channel> listenForDatagrams(InetSocketAddress address) {
        InboundContext node = door.context();
        return UdpSockets.listen(address, node.loops().next(), datagrams()).addListener((Future<Channel> bound) -> {
            if (bound.isSuccess()) {
                node.accepted(bound.getNow());
                bound.getNow().config().setAutoRead(true);
            }
        });
    }

    /** For the UDP socket beside it. */
    UdpServer datagrams() {
        UdpContext context = new UdpContext(door, settings.grants(), settings.maxAssociations(), settings.provider());
        return users2022 == null ? new UdpServer2017(context, settings.users()) : new UdpServer2022(context, users2022);
    }

    private long seconds() {
        return Math.floorDiv(door.context().clock().millis(), 1_000L);
    }

    /** Puts the handlers of the body behind {@code before}. */
    private Request enter(Opened opened, Channel channel, String before) {
        ShadowsocksUser user = opened.user();
        ShadowsocksMethod method = user.method();
        byte[] salt = Randomness.secure().bytes(method.saltBytes());
        if (!method.is2022()) {
            salts2017.enter(salt); // so that what we send is no opening, when it comes back
        }
        BodyReader body = new ChunkReader(new StreamOpener(method, opened.cipher()), false);
        if (opened.payload().length > 0) {
            body = new ReaderBehind(opened.payload(), body);
        }
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addAfter(
                before,
                null,
                new BodyEncoder(new ResponseSealer(
                        method, user.key(), salt, opened.salt(), this::seconds, settings.provider())));
        pipeline.addAfter(before, null, new BodyDecoder(body, null, cause -> door.refused(cause, channel)));
        return new Request(
                Command.of(opened.destination()),
                opened.destination(),
                door.context().tag(),
                user.name(),
                settings.grants().apply(user.name()),
                Door.source(channel),
                Door.local(channel));
    }

    /** Reads the header of one connection. */
    private final class HeaderOpening implements Opening {
        private final RequestDecoder header;

        private HeaderOpening(RequestDecoder header) {
            this.header = header;
        }

        @Override
        public @Nullable Welcome read(ByteBuf in, Channel channel) {
            Opened opened = header.read(in);
            return opened == null ? null : (entered, before) -> enter(opened, entered, before);
        }

        @Override
        public boolean isEmpty() {
            return header.isEmpty();
        }
    }

    /**
     * What a {@link ShadowsocksServer} was told of Shadowsocks itself.
     *
     * @param serverKey of identity headers, if there are any
     * @param users one at least; all of one edition, and of one method in that of 2022
     */
    record Settings(
            @Nullable UserKey serverKey,
            List<ShadowsocksUser> users,
            Function<String, Grant> grants,
            int replayCapacity,
            int maxAssociations,
            @Nullable Provider provider) {

        boolean is2022() {
            return users.get(0).method().is2022();
        }
    }
}
