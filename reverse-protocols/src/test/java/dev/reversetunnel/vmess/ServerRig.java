package dev.reversetunnel.vmess;

import dev.reversetunnel.Grant;
import dev.reversetunnel.door.Manner;
import dev.reversetunnel.door.Opening;
import dev.reversetunnel.kit.DoorRig;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import java.util.List;

/** A VMess server without a socket. */
final class ServerRig extends DoorRig {
    private final VmessListener listener;

    ServerRig(ByteBufAllocator allocator, long seconds, boolean insecure, List<VmessUser> users) {
        this(allocator, seconds, insecure, users, 1_024, 64, 1_000);
    }

    ServerRig(
            ByteBufAllocator allocator,
            long seconds,
            boolean insecure,
            List<VmessUser> users,
            int maxStrangers,
            int maxPerSource,
            int replayCapacity) {
        super("vmess-in", VmessServer.class, Manner.SILENCE, allocator, seconds, maxStrangers, maxPerSource);
        listener = new VmessListener(
                new VmessListener.Settings(users, user -> Grant.REGISTER, replayCapacity, null, insecure), door());
    }

    @Override
    protected Opening opening(Channel channel) {
        return listener.opening(channel);
    }
}
