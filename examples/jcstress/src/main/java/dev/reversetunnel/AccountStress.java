package dev.reversetunnel;

import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** A user who may have two sessions has one, and opens two more on different loops: one is let in, and counted. */
@JCStressTest
@Outcome(id = "true, false, 2", expect = Expect.ACCEPTABLE, desc = "the first one is let in")
@Outcome(id = "false, true, 2", expect = Expect.ACCEPTABLE, desc = "the second one is let in")
@State
public class AccountStress {
    private final Account account = new Account(
            new Accounts.Key("in", "ann"), Grant.CONNECT.maxSessions(2), () -> false, new Events(List.of()));

    public AccountStress() {
        account.openSession();
    }

    @Actor
    public void first(ZZI_Result opened) {
        opened.r1 = account.openSession();
    }

    @Actor
    public void second(ZZI_Result opened) {
        opened.r2 = account.openSession();
    }

    @Arbiter
    public void after(ZZI_Result opened) {
        opened.r3 = account.snapshot().sessions();
    }
}
