package dev.reversetunnel.crypto;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** One salt comes on two connections at the same time, when a generation is over: it is taken once. */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the first connection is the first")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the second connection is the first")
@State
public class SaltMemoryStress {
    private final SaltMemory salts = new SaltMemory(1);

    public SaltMemoryStress() {
        salts.enter(new byte[] {1});
    }

    @Actor
    public void first(ZZ_Result taken) {
        taken.r1 = salts.enter(new byte[] {2});
    }

    @Actor
    public void second(ZZ_Result taken) {
        taken.r2 = salts.enter(new byte[] {2});
    }
}
