package dev.reversetunnel.mux;

import dev.reversetunnel.net.Destination;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A session opens and closes on its loop, while another loop looks how many are open, and then how many ever were. */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "not yet")
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "not yet, or not any more")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "it is open")
@State
public class SessionTableStress {
    private static final Destination WEB = Destination.tcp("web", 80);

    private final MuxConnection tunnel;

    public SessionTableStress() {
        EmbeddedChannel carrier = new EmbeddedChannel();
        carrier.config()
                .setAllocator(new UnpooledByteBufAllocator(false)); // nobody takes what is sent, nor releases it
        tunnel = MuxConnection.install(carrier, MuxRole.CLIENT, MuxOptions.DEFAULT, new MuxListener() {});
    }

    @Actor
    public void loop() {
        tunnel.open(WEB).close();
    }

    @Actor
    public void another(II_Result seen) {
        seen.r1 = tunnel.openSessions();
        seen.r2 = tunnel.openedSessions();
    }
}
