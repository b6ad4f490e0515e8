package dev.reversetunnel.contract;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.peers.Origin;
import java.time.Duration;
import java.util.function.IntFunction;

/**
 * A user's way to an origin, in two nodes: visitor ▸ port ▸ the carrier's client ▸ the carrier's server ▸ direct ▸
 * origin.
 */
final class UserRoad implements AutoCloseable {
    private final ProtocolServer<?> server;
    private final ReverseTunnel far;
    private final ReverseTunnel near;

    private UserRoad(ProtocolServer<?> server, ReverseTunnel far, ReverseTunnel near) {
        this.server = server;
        this.far = far;
        this.near = near;
    }

    /** A client alone, whose server belongs to another road. */
    static ReverseTunnel clientOnly(Outbound client, int target) throws Exception {
        return ReverseTunnel.node()
                .halfClosedTimeout(Duration.ofSeconds(2))
                .inbound(
                        "visitors",
                        Inbound.port(0).address("127.0.0.1").tcpAndUdp().to("127.0.0.1", target))
                .outbound("client", client)
                .route(Rule.inbound("visitors").to("client"))
                .start();
    }

    /**
     * Opens the way.
     *
     * @param client made for the server's port
     */
    static UserRoad open(ProtocolServer<?> server, IntFunction<Outbound> client, Origin origin) throws Exception {
        ReverseTunnel far = ReverseTunnel.node()
                .inbound("server", server)
                .outbound("origin", Outbound.direct().allowPrivate())
                .route(Rule.inbound("server").to("origin"))
                .start();
        try {
            return new UserRoad(server, far, clientOnly(client.apply(far.port("server")), origin.port()));
        } catch (Exception e) {
            far.close();
            throw e;
        }
    }

    /** Where visitors come in. */
    int port() {
        return near.port("visitors");
    }

    /** How many openings were refused, or were never complete. */
    long refused() {
        return server.counters().refused().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** How many requests of visitors were allowed and did not work. */
    long failedRequests() {
        return near.snapshot().failed();
    }

    /** The server goes, whatever is under way. */
    void closeFarEnd() {
        far.close();
    }

    @Override
    public void close() {
        near.close();
        far.close();
    }
}
