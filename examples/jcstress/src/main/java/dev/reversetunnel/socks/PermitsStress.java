package dev.reversetunnel.socks;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The only one is taken; it is given back and asked for again, while another one asks for it: one of them has it. */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the other one came in between")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the other one came before or behind")
@State
public class PermitsStress {
    private final Permits permits = new Permits(1);

    public PermitsStress() {
        permits.take();
    }

    @Actor
    public void other(ZZ_Result taken) {
        taken.r1 = permits.take();
    }

    @Actor
    public void owner(ZZ_Result taken) {
        permits.giveBack();
        taken.r2 = permits.take();
    }
}
