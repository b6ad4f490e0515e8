package dev.reversetunnel;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two connections of one user, who may have 16,384 bytes now: together they get so many, and no more. */
@JCStressTest
@Outcome(id = "10000, 6384", expect = Expect.ACCEPTABLE, desc = "the first one before the second one")
@Outcome(id = "6384, 10000", expect = Expect.ACCEPTABLE, desc = "the second one before the first one")
@State
public class TokenBucketStress {
    private final TokenBucket bucket = new TokenBucket(1, () -> 0);

    @Actor
    public void first(II_Result taken) {
        taken.r1 = bucket.takeUpTo(10_000);
    }

    @Actor
    public void second(II_Result taken) {
        taken.r2 = bucket.takeUpTo(10_000);
    }
}
