package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * One user's account, whose connections are on several event loops while others revoke him, give him his credential
 * back and look at what he has. What is asserted holds in each interleaving; so a failure is one, whatever the machine.
 */
class AccountTest {
    private static final int LOOPS = 4;
    private static final int MOST = 5;

    private final Grant grant = Grant.BOTH.maxTunnels(MOST).maxSessions(MOST);
    private final Grant freely = Grant.BOTH.maxTunnels(10_000).maxSessions(10_000);
    private final Accounts accounts = new Accounts(new Events(List.of()));
    private final NodeUsers users = new NodeUsers(
            Map.of("in", Plain.server(Map.of("alice", grant, "bob", freely))),
            List.of(),
            accounts,
            new Events(List.of()));
    private final Account alice = account("alice", grant);
    private final Account bob = account("bob", freely);
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(LOOPS, LocalIoHandler.newFactory());

    private Account account(String user, Grant what) {
        Request request = new Request(Destination.tcp("web.home", 80), "in", user, what, null, null);
        Account account = accounts.of(request);
        if (account == null) {
            throw new AssertionError("nobody");
        }
        return account;
    }

    @AfterEach
    void endTheLoops() {
        loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** Does the same on all loops at once, and something beside it; returns when all of that is done. */
    private void onEachLoop(EachLoop task, Runnable beside) throws Exception {
        CyclicBarrier together = new CyclicBarrier(LOOPS + 1);
        List<Future<?>> done = new ArrayList<>();
        for (int i = 0; i < LOOPS; i++) {
            int number = i;
            EventLoop loop = loops.next();
            done.add(loop.submit(() -> {
                together.await(30, TimeUnit.SECONDS);
                task.run(loop, new Random(number));
                return null;
            }));
        }
        together.await(30, TimeUnit.SECONDS);
        beside.run();
        for (Future<?> each : done) {
            each.sync();
        }
    }

    private interface EachLoop {
        void run(EventLoop loop, Random random) throws Exception;
    }

    /** One that is open, as one that was accepted is. On its loop. */
    private static Channel connection(EventLoop loop) {
        LocalChannel channel = new LocalChannel();
        loop.register(channel).syncUninterruptibly(); // which it is at once
        return channel;
    }

    private static String enter(Account user, Channel channel, boolean tunnel) {
        String refusal = tunnel ? user.enterTunnel(channel, false) : user.enterSession(channel, false);
        return refusal == null ? "" : refusal;
    }

    /** Counts beside the account: in behind it and out before it, so this is never more than what it has. */
    private static final class Count {
        private final AtomicInteger open = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();

        void in() {
            most.accumulateAndGet(open.incrementAndGet(), Math::max);
        }

        void out() {
            open.decrementAndGet();
        }

        int most() {
            return most.get();
        }
    }

    // ---- limits ----

    @Test
    void sessions_are_never_more_than_allowed_however_many_loops_open_them() throws Exception {
        Count sessions = new Count();
        AtomicInteger refused = new AtomicInteger();
        AtomicInteger told = new AtomicInteger();
        onEachLoop(
                (loop, random) -> {
                    int mine = 0;
                    for (int i = 0; i < 2_000_000; i++) {
                        if (mine > 0 && random.nextBoolean()) {
                            sessions.out();
                            alice.closeSession();
                            mine--;
                        } else if (alice.openSession()) {
                            sessions.in();
                            mine++;
                        } else {
                            refused.incrementAndGet();
                            told.accumulateAndGet(alice.snapshot().sessions(), Math::max);
                        }
                    }
                    for (; mine > 0; mine--) {
                        sessions.out();
                        alice.closeSession();
                    }
                },
                () -> {});
        then(sessions.most()).isEqualTo(MOST);
        then(told).hasValueLessThanOrEqualTo(MOST); // not even for a moment, in which another one would be refused
        then(refused).hasPositiveValue();
        then(alice.snapshot().sessions()).isZero();
        then(alice.isFull()).isFalse();
    }

    @Test
    void connections_of_each_kind_are_never_more_than_allowed_and_end_at_zero() throws Exception {
        Count tunnels = new Count();
        Count sessions = new Count();
        Queue<String> refusals = new ConcurrentLinkedQueue<>();
        onEachLoop(
                (loop, random) -> {
                    Map<Channel, Count> mine = new HashMap<>();
                    for (int i = 0; i < 10_000; i++) {
                        Channel channel = connection(loop);
                        boolean tunnel = random.nextBoolean();
                        String refusal = enter(alice, channel, tunnel);
                        if (refusal.isEmpty()) {
                            Count count = tunnel ? tunnels : sessions;
                            count.in();
                            mine.put(channel, count);
                        } else {
                            refusals.add(refusal);
                            channel.close();
                        }
                        if (random.nextInt(3) == 0) {
                            close(mine);
                        }
                    }
                    close(mine);
                },
                () -> {});
        then(tunnels.most()).isEqualTo(MOST);
        then(sessions.most()).isEqualTo(MOST);
        then(Set.copyOf(refusals))
                .containsExactlyInAnyOrder(
                        "user \"alice\" has 5 tunnels, and may not have more",
                        "user \"alice\" has 5 sessions, and may not have more");
        thenHasNothing(alice);
    }

    private static void close(Map<Channel, Count> open) {
        open.forEach((channel, count) -> {
            count.out();
            channel.close();
        });
        open.clear();
    }

    private static void thenHasNothing(Account user) {
        UserSnapshot now = user.snapshot();
        then(List.of(now.tunnels(), now.sessions())).containsExactly(0, 0);
        then(user.end()).isZero();
    }

    // ---- revocation ----

    @Test
    void nothing_stays_open_that_came_in_while_he_was_revoked() throws Exception {
        for (int round = 0; round < 500; round++) {
            Queue<Channel> letIn = new ConcurrentLinkedQueue<>();
            onEachLoop((loop, random) -> letIn.add(thenComesIn(loop)), () -> {});
            int restored = round % 4;
            onEachLoop(
                    (loop, random) -> {
                        for (int i = 0; i < 20; i++) {
                            Channel channel = connection(loop);
                            if (enter(bob, channel, random.nextBoolean()).isEmpty()) {
                                letIn.add(channel);
                            } else {
                                channel.close();
                            }
                        }
                    },
                    () -> {
                        for (int i = 0; i < restored; i++) {
                            users.revoke("in", "bob");
                            users.restore("in", "bob");
                        }
                        users.revoke("in", "bob");
                    });
            onEachLoop((loop, random) -> {}, () -> {}); // behind the ends that wait for their loops
            then(letIn).as("round %d", round).hasSizeGreaterThanOrEqualTo(LOOPS).noneMatch(Channel::isOpen);
            thenHasNothing(bob);
            onEachLoop(
                    (loop, random) -> {
                        Channel channel = connection(loop);
                        then(enter(bob, channel, true)).isEqualTo("the credential of user \"bob\" was revoked");
                        channel.close();
                    },
                    () -> {});

            users.restore("in", "bob");
            onEachLoop((loop, random) -> thenComesIn(loop).close(), () -> {});
            thenHasNothing(bob);
        }
    }

    private Channel thenComesIn(EventLoop loop) {
        Channel channel = connection(loop);
        then(enter(bob, channel, true)).isEmpty();
        return channel;
    }
}
