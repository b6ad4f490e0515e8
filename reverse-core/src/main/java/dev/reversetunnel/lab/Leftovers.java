package dev.reversetunnel.lab;

import dev.reversetunnel.TunnelHandle;
import dev.reversetunnel.TunnelSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a test leaves behind. Watches from {@link #watch} to {@link #check}, which fails when there is something:
 *
 * <ul>
 *   <li>{@link Kind#SESSION}: a visitor's session of a node that was {@linkplain #node named}, though all visitors
 *       should be gone.
 *   <li>{@link Kind#THREAD}: a thread of the library's, with what it is doing. Somebody has not closed a node or a
 *       proxy.
 *   <li>{@link Kind#PORT}: a port of this process, TCP or UDP, that was not there before. Where the operating system
 *       does not tell (it does on Linux), only those of the nodes and proxies of a {@link TunnelExtension}.
 *   <li>{@link Kind#BUFFER}: a buffer of Netty's that was forgotten without being released, with where it was made. For
 *       that Netty's leak detector is set to paranoid meanwhile, and the garbage collector runs at the end.
 * </ul>
 *
 * <p>All four belong to the JVM: tests that are watched must not run beside others in it.
 *
 * <pre>{@code
 * Leftovers leftovers = Leftovers.watch();
 * ... // start, use and close
 * leftovers.check(Duration.ofSeconds(3));
 * }</pre>
 */
public final class Leftovers {
    private final Set<Kind> kinds;
    private final List<TunnelHandle> nodes = new ArrayList<>();
    private final Map<Integer, String> namedPorts = new LinkedHashMap<>();
    private final Set<Thread> threads = LibraryThreads.alive();
    private final Set<OpenPort> ports = OpenPort.ofThisProcess();
    private final BufferWatch buffers;

    /** What can be left. */
    public enum Kind {
        /** A visitor's session. */
        SESSION,
        /** A buffer that was not released. */
        BUFFER,
        /** A thread of the library's. */
        THREAD,
        /** A TCP port that is listened on, or a UDP port. */
        PORT
    }

    private Leftovers(Set<Kind> kinds) {
        this.kinds = kinds;
        buffers = new BufferWatch(kinds.contains(Kind.BUFFER));
    }

    /**
     * Begins to watch.
     *
     * @param tolerated what may be left, such as {@link Kind#BUFFER} where paranoia costs too much time
     * @return the watch
     */
    public static Leftovers watch(Kind... tolerated) {
        Set<Kind> kinds = EnumSet.allOf(Kind.class);
        kinds.removeAll(List.of(tolerated));
        return new Leftovers(kinds);
    }

    /**
     * Looks at a node's sessions at the end, too, and closes it then.
     *
     * @param node a running portal, bridge or other node
     * @return this
     */
    public Leftovers node(TunnelHandle node) {
        nodes.add(node);
        return this;
    }

    /** Says what a port is, should it be left. */
    void port(int port, String name) {
        namedPorts.put(port, name);
    }

    /**
     * Looks, and ends the watch.
     *
     * @param patience how long to wait for what is just ending; not spent when nothing is left
     * @throws AssertionError if something is left: names it, and where it came from as far as that is known
     */
    public void check(Duration patience) {
        check(patience, () -> {});
    }

    /** As {@link #check(Duration)}; the last thing to be closed is what the nodes' sessions need to end well. */
    void check(Duration patience, Runnable last) {
        List<String> left = new ArrayList<>();
        List<Throwable> origins = new ArrayList<>();
        sessions(patience, left);
        last.run();
        threads(patience, left, origins);
        ports(patience, left);
        buffers.end(left, origins);
        if (!left.isEmpty()) {
            AssertionError error = new AssertionError("left behind:\n  " + String.join("\n  ", left));
            origins.forEach(error::addSuppressed);
            throw error;
        }
    }

    private void sessions(Duration patience, List<String> left) {
        if (kinds.contains(Kind.SESSION)) {
            // all at once, for the first that closes takes the sessions of the others along
            await(patience, () -> nodes.stream().allMatch(node -> visitors(node) == 0));
        }
        List<String> found = new ArrayList<>();
        for (TunnelHandle node : nodes) {
            if (visitors(node) > 0) {
                found.add(visitors(node) + " sessions of " + node + tunnels(node));
            }
        }
        // bridges, which come last, first: they need not dial again then
        for (int i = nodes.size() - 1; i >= 0; i--) {
            // the last session of a tunnel is counted as the one by which its ends talk, and may be a visitor's
            boolean waits = kinds.contains(Kind.SESSION) && found.isEmpty();
            int cut = nodes.get(i).drain(waits ? patience : Duration.ZERO);
            if (cut > 0 && found.isEmpty()) {
                found.add(cut + " sessions of " + nodes.get(i));
            }
        }
        if (kinds.contains(Kind.SESSION)) {
            left.addAll(found);
        }
    }

    /** Beside the one session of each tunnel by which its ends talk. */
    private static int visitors(TunnelHandle node) {
        return node.snapshot().tunnels().stream()
                .mapToInt(tunnel -> Math.max(0, tunnel.openSessions() - 1))
                .sum();
    }

    private static String tunnels(TunnelHandle node) {
        return node.snapshot().tunnels().stream().map(Leftovers::tunnel).collect(Collectors.joining(", ", " (", ")"));
    }

    private static String tunnel(TunnelSnapshot tunnel) {
        return "tunnel " + tunnel.number() + " has had " + tunnel.openedSessions() + " sessions, and has "
                + tunnel.queuedBytes() + " bytes queued";
    }

    private void threads(Duration patience, List<String> left, List<Throwable> origins) {
        if (!kinds.contains(Kind.THREAD)) {
            return;
        }
        await(patience, () -> threads.containsAll(LibraryThreads.alive()));
        for (Thread thread : LibraryThreads.alive()) {
            if (!threads.contains(thread)) {
                left.add("thread " + thread.getName());
                Throwable origin = new Throwable("thread " + thread.getName() + " is here");
                origin.setStackTrace(thread.getStackTrace());
                origins.add(origin);
            }
        }
    }

    private void ports(Duration patience, List<String> left) {
        if (!kinds.contains(Kind.PORT)) {
            return;
        }
        await(patience, () -> openPorts().isEmpty());
        openPorts().forEach(port -> left.add(port + namedPorts.getOrDefault(port.number(), "")));
    }

    private Set<OpenPort> openPorts() {
        Stream<OpenPort> open = OpenPort.areKnown()
                ? OpenPort.ofThisProcess().stream()
                : namedPorts.keySet().stream().map(OpenPort::tcp).filter(OpenPort::isTaken);
        return open.filter(port -> !ports.contains(port)).collect(Collectors.toSet());
    }

    private static void await(Duration patience, BooleanSupplier nothingLeft) {
        long deadline = System.nanoTime() + Faults.nanos("patience", patience);
        while (!nothingLeft.getAsBoolean() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(5_000_000);
        }
    }
}
