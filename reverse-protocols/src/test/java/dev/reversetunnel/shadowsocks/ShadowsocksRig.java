package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.Grant;
import dev.reversetunnel.door.Manner;
import dev.reversetunnel.door.Opening;
import dev.reversetunnel.kit.DoorRig;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A Shadowsocks server without a socket. */
final class ShadowsocksRig extends DoorRig {
    static final long NOW = 1_767_225_600L;

    private final ShadowsocksListener listener;

    ShadowsocksRig(ByteBufAllocator allocator, List<ShadowsocksUser> users) {
        this(allocator, null, users);
    }

    ShadowsocksRig(ByteBufAllocator allocator, @Nullable UserKey serverKey, List<ShadowsocksUser> users) {
        this(allocator, serverKey, users, users.get(0).method().is2022() ? Manner.RESET : Manner.SILENCE, 1_000);
    }

    ShadowsocksRig(
            ByteBufAllocator allocator,
            @Nullable UserKey serverKey,
            List<ShadowsocksUser> users,
            Manner manner,
            int replayCapacity) {
        super("ss-in", ShadowsocksServer.class, manner, allocator, NOW, 1_024, 64);
        listener = new ShadowsocksListener(
                new ShadowsocksListener.Settings(serverKey, users, user -> Grant.BOTH, replayCapacity, 16, null),
                door());
    }

    /** A server with the keys of a vector: those of other servers, at last the user's. */
    static ShadowsocksRig of(ByteBufAllocator allocator, ShadowsocksMethod method, List<String> keys) {
        List<UserKey> all = new ArrayList<>();
        keys.forEach(key -> all.add(UserKey.of(method, "key", key)));
        ShadowsocksUser user = new ShadowsocksUser("vector", method, all.get(all.size() - 1));
        return new ShadowsocksRig(allocator, all.size() > 1 ? all.get(all.size() - 2) : null, List.of(user));
    }

    static ShadowsocksUser user(String name, ShadowsocksMethod method, String password) {
        return new ShadowsocksUser(name, method, UserKey.of(method, "password", password));
    }

    UdpServer datagrams() {
        return listener.datagrams();
    }

    @Override
    protected Opening opening(Channel channel) {
        return listener.opening(channel);
    }
}
