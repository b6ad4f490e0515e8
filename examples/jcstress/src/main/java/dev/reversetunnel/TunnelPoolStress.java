package dev.reversetunnel;

import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.net.Destination;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A portal's tunnels, which come and go on loops of their own. */
public final class TunnelPoolStress {
    private static final PortalTunnel ONE = tunnel("ann");
    private static final PortalTunnel TWO = tunnel("ann");
    private static final PortalTunnel OTHER = tunnel("bob");

    private TunnelPoolStress() {}

    private static PortalTunnel tunnel(String user) {
        Events events = new Events(List.of());
        MuxPortal portal = new MuxPortal(
                "portal",
                ControlName.REVERSE,
                PortalSettings.DEFAULT,
                Clock.systemUTC(),
                events,
                new Accounts(events),
                null);
        Request registration = new Request(
                Command.REVERSE, Destination.tcp(ControlName.REVERSE, 0), "tunnels", user, Grant.REGISTER, null, null);
        EmbeddedChannel carrier = new EmbeddedChannel();
        carrier.config().setAutoRead(false);
        return new PortalTunnel(
                new TunnelIdentity(
                        "portal",
                        1,
                        user,
                        Clock.systemUTC().instant(),
                        events,
                        null,
                        TunnelIdentity.self(new UUID(0, 0), Clock.systemUTC().instant(), 0)),
                carrier,
                MuxOptions.DEFAULT.dialect(MuxDialect.VLESS_REVERSE),
                LivenessTimes.DEFAULT,
                BridgeIdentity.of(registration),
                portal,
                null,
                name -> {});
    }

    /** Of one bridge, the first tunnel goes while the second one comes: that is there, and no other. */
    @JCStressTest
    @Outcome(id = "1, 1, false", expect = Expect.ACCEPTABLE, desc = "the second one is left")
    @State
    public static class OneBridge {
        private final TunnelPool pool = new TunnelPool(BridgePolicy.leastLoaded());

        public OneBridge() {
            pool.add(ONE);
        }

        @Actor
        public void first() {
            pool.remove(ONE);
        }

        @Actor
        public void second() {
            pool.add(TWO);
        }

        @Arbiter
        public void after(IIZ_Result left) {
            left.r1 = pool.all().size();
            left.r2 = pool.of(TWO.bridge()).size();
            left.r3 = pool.hasSeveralBridges();
        }
    }

    /** Of two bridges, each with a tunnel, one goes while the other one comes back: there are several, or one. */
    @JCStressTest
    @Outcome(id = "false, false", expect = Expect.ACCEPTABLE, desc = "the second one alone")
    @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "seen while both were there")
    @State
    public static class TwoBridges {
        private final TunnelPool pool = new TunnelPool(BridgePolicy.leastLoaded());
        private boolean several;

        public TwoBridges() {
            pool.add(ONE);
        }

        @Actor
        public void first() {
            pool.remove(ONE);
        }

        @Actor
        public void second() {
            pool.add(OTHER);
            several = pool.hasSeveralBridges();
        }

        @Arbiter
        public void after(ZZ_Result seen) {
            seen.r1 = several;
            seen.r2 = pool.hasSeveralBridges();
        }
    }
}
