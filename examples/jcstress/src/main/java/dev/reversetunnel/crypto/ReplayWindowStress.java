package dev.reversetunnel.crypto;

import java.nio.charset.StandardCharsets;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLI_Result;

/** One opening comes on two connections at the same time, while others make a second pass: it is taken once. */
@JCStressTest
@Outcome(id = "NEW, REPLAYED, 1", expect = Expect.ACCEPTABLE, desc = "the first connection is the first")
@Outcome(id = "REPLAYED, NEW, 1", expect = Expect.ACCEPTABLE, desc = "the second connection is the first")
@State
public class ReplayWindowStress {
    private static final byte[] OPENING = "taken only once!".getBytes(StandardCharsets.US_ASCII);

    private final ReplayWindow openings = new ReplayWindow(OPENING.length, 10, 2, 2);

    @Actor
    public void first(LLI_Result verdict) {
        verdict.r1 = openings.enter(OPENING, 100, 100);
    }

    @Actor
    public void second(LLI_Result verdict) {
        verdict.r2 = openings.enter(OPENING, 100, 101);
    }

    @Arbiter
    public void after(LLI_Result verdict) {
        verdict.r3 = openings.size();
    }
}
