package dev.reversetunnel;

import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A portal with a tunnel, registered by command, whose bridge is the test. */
final class RegisteredPortal {
    final MuxWire bridge = new MuxWire(MuxDialect.VLESS_REVERSE);
    final Heard heard = new Heard();
    private final List<MuxWire> others = new ArrayList<>();
    private final Events events = new Events(List.of(heard));
    private final MuxPortal portal;

    RegisteredPortal() {
        this(0);
    }

    /** One that asks its bridge for more tunnels. */
    RegisteredPortal(int spares) {
        portal = new MuxPortal(
                "portal",
                ControlName.REVERSE,
                PortalSettings.DEFAULT.spares(spares),
                Clock.systemUTC(),
                events,
                new Accounts(events),
                null);
        adopt(bridge, "alice");
    }

    /** One more tunnel. */
    MuxWire another() {
        return another("alice");
    }

    /** One more tunnel, of whom that is. */
    MuxWire another(String user) {
        MuxWire wire = new MuxWire(MuxDialect.VLESS_REVERSE);
        others.add(wire);
        adopt(wire, user);
        return wire;
    }

    TunnelPool pool() {
        return portal.pool();
    }

    private void adopt(MuxWire wire, String user) {
        portal.take(
                new Request(
                        Command.REVERSE,
                        Destination.tcp(ControlName.REVERSE, 0),
                        "tunnels",
                        user,
                        Grant.REGISTER,
                        null,
                        null),
                wire,
                new NoRelay());
        wire.runPendingTasks();
        wire.advanceTimeBy(PortalTunnel.GREETING_MILLIS, TimeUnit.MILLISECONDS); // it is none of ours
        wire.runPendingTasks();
    }

    /** A visitor comes. */
    Channel visit(Destination wanted, @Nullable InetSocketAddress source, @Nullable InetSocketAddress local) {
        Request request = new Request(wanted, "visitors", "", Grant.CONNECT, source, local);
        Channel session =
                portal.connect(request, new LoopDialer(bridge.eventLoop())).getNow();
        if (session == null) {
            throw new AssertionError("no session for " + request);
        }
        return session;
    }

    void close() {
        others.forEach(MuxWire::end);
        bridge.end();
    }

    private record LoopDialer(EventLoop loop) implements Dialer {
        @Override
        public Future<List<InetAddress>> resolve(String host) {
            throw new AssertionError("asked for " + host);
        }

        @Override
        public Duration timeout() {
            return Duration.ofSeconds(10);
        }

        @Override
        public Clock clock() {
            return Clock.systemUTC();
        }
    }

    /** For what is adopted and not relayed. */
    private static final class NoRelay implements Relay {
        @Override
        public void join(Request request, Channel waiting, Future<Channel> opening) {
            throw new AssertionError("not relayed: " + request);
        }

        @Override
        public Dialer dialer(Channel waiting) {
            throw new AssertionError("not dialled");
        }
    }
}
