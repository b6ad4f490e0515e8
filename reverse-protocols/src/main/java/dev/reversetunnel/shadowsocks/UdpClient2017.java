package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.Datagram;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.security.Provider;
import org.jspecify.annotations.Nullable;

/** The UDP socket of a client of 2017. */
final class UdpClient2017 extends UdpClient {
    private final ShadowsocksMethod method;
    private final UserKey key;
    private final Randomness randomness;
    private final @Nullable Provider provider;

    UdpClient2017(ShadowsocksMethod method, UserKey key, Randomness randomness, @Nullable Provider provider) {
        this.method = method;
        this.key = key;
        this.randomness = randomness;
        this.provider = provider;
    }

    @Override
    @Nullable
    ByteBuf seal(ChannelHandlerContext ctx, Datagram datagram) {
        return Packets2017.seal(method, key, datagram.peer(), datagram.content(), randomness, provider, ctx.alloc());
    }

    @Override
    @Nullable
    Datagram open(ChannelHandlerContext ctx, byte[] packet, int size) {
        return Packets2017.open(method, key, packet, size, provider, ctx.alloc());
    }
}
