package dev.reversetunnel.kit;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.testkit.BoundedAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;

/** What a server took from one connection that a fuzzer made: the same wherever that was cut. */
public record Heard(List<String> requests, String bytes, List<Object> peers) {

    /** Feeds a new connection of the server, which nobody has called before, and ends it. */
    public static Heard by(DoorRig server, byte[] wire, int piece, BoundedAllocator buffers) {
        EmbeddedChannel channel = server.connection();
        for (int at = 0; at < wire.length; at += piece) {
            DoorRig.feed(channel, buffers.input(wire, at, Math.min(piece, wire.length - at)));
        }
        DoorRig.end(channel);
        channel.finishAndReleaseAll();
        then(server.surprises).isEmpty();
        for (Receiver receiver : server.receivers) {
            if (receiver.failure() != null) {
                then(receiver.failure()).isInstanceOf(CarrierException.class);
            }
        }
        return new Heard(
                server.requests.stream().map(String::valueOf).toList(),
                server.receivers.isEmpty()
                        ? ""
                        : ByteBufUtil.hexDump(server.receivers.get(0).bytes()),
                server.receivers.isEmpty()
                        ? List.of()
                        : List.copyOf(server.receivers.get(0).peers()));
    }
}
