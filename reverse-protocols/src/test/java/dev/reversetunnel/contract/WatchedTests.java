package dev.reversetunnel.contract;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import reactor.blockhound.BlockHound;

/**
 * Runs test classes in a JVM of its own, in which event loops of ours that call something that blocks are told of, on
 * standard output. Needs {@code -XX:+AllowRedefinitionToAddDeleteMethods}.
 */
final class WatchedTests {
    static final String BLOCKED = "blocked: ";
    static final String PASSED = "passed: ";
    static final String FAILED = "failed: ";

    private static final String LOOPS = "reverse-loop";
    private static final int SHOWN = 60;

    private WatchedTests() {}

    public static void main(String[] classes) {
        BlockHound.builder()
                .loadIntegrations() // Netty's, which knows where its own loops wait for work
                .nonBlockingThreadPredicate(others -> thread -> thread.getName().startsWith(LOOPS))
                // The tests' logger writes to the standard error at once; users choose one that does not wait.
                .allowBlockingCallsInside("org.slf4j.simple.SimpleLogger", "write")
                // Reads /dev/urandom, which never waits once the machine is up.
                .allowBlockingCallsInside("sun.security.provider.NativePRNG$RandomIO", "readFully")
                .allowBlockingCallsInside("sun.security.provider.NativePRNG$RandomIO", "ensureBufferValid")
                // Between a loop and the threads of an HttpHandler: held for a few instructions, never over I/O.
                .allowBlockingCallsInside("java.util.concurrent.locks.ReentrantLock", "lock")
                .blockingMethodCallback(method -> tell(method.toString()))
                .install();
        List<DiscoverySelector> selected = Stream.of(classes)
                .<DiscoverySelector>map(name -> selectClass(name))
                .toList();
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selected)
                                .build(),
                        summary);
        summary.getSummary().printFailuresTo(new PrintWriter(System.out, true));
        System.out.println(PASSED + summary.getSummary().getTestsSucceededCount());
        System.out.println(FAILED + summary.getSummary().getTotalFailureCount());
        System.out.flush();
        System.exit(0);
    }

    private static void tell(String method) {
        String stack = Stream.of(Thread.currentThread().getStackTrace())
                .skip(3)
                .limit(SHOWN)
                .map(StackTraceElement::toString)
                .collect(Collectors.joining(" < "));
        System.out.println(BLOCKED + method + " by " + Thread.currentThread().getName() + ": " + stack);
    }
}
