package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.AssociationChannel;
import dev.reversetunnel.Associations;
import dev.reversetunnel.Grant;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Limit;
import dev.reversetunnel.Request;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.security.Provider;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a UDP socket of a server knows of the server and its node. */
record UdpContext(
        Door door,
        Function<String, Grant> grants,
        int maxAssociations,
        @Nullable Provider provider) {

    /** Hands a new association over. */
    void handle(ShadowsocksUser user, Destination first, InetSocketAddress source, AssociationChannel association) {
        InboundContext node = door.context();
        node.accepted(association);
        node.handle(
                new Request(first, node.tag(), user.name(), grants.apply(user.name()), source, Door.local(association)),
                association);
    }

    /** A table for them. */
    <K> Associations<K> associations() {
        return new Associations<>(
                maxAssociations,
                () -> door.context()
                        .limitReached(
                                Limit.ASSOCIATIONS, "the source that was idle for longest made room for another one"));
    }

    /** Whether he is nobody any more. */
    boolean isRevoked(ShadowsocksUser user) {
        return door.context().isRevoked(user.name());
    }

    /** Writes down that a packet was refused; only where somebody has shown a key. */
    void refused(CarrierException cause, Channel socket) {
        door.refused(cause, socket);
    }

    /** The wall clock. */
    long seconds() {
        return Math.floorDiv(door.context().clock().millis(), 1_000L);
    }
}
