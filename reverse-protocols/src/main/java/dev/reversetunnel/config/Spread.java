package dev.reversetunnel.config;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Request;
import dev.reversetunnel.mux.MuxDialect;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Several servers of one outbound, which take turns, connection by connection, as at V2Ray. */
final class Spread implements Outbound {
    private final List<Outbound> servers;
    private final AtomicInteger turn = new AtomicInteger();

    private Spread(List<Outbound> servers) {
        this.servers = List.copyOf(servers);
    }

    static Outbound over(List<Outbound> servers) {
        return servers.size() == 1 ? servers.get(0) : new Spread(servers);
    }

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        return servers.get(Math.floorMod(turn.getAndIncrement(), servers.size()))
                .connect(request, dialer);
    }

    @Override
    public boolean sharesDatagrams(Request request) {
        return servers.stream().allMatch(server -> server.sharesDatagrams(request));
    }

    @Override
    public Optional<String> fault() {
        return servers.stream().flatMap(server -> server.fault().stream()).findFirst();
    }

    @Override
    public MuxDialect dialect() {
        return servers.get(0).dialect();
    }

    @Override
    public String toString() {
        return "one after the other: " + servers;
    }
}
