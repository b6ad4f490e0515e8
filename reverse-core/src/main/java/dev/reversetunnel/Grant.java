package dev.reversetunnel;

import java.net.IDN;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/**
 * What a credential, or the lack of one, permits: which tunnels it may register, whether it may ask for destinations,
 * and how much of either. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * Vmess.server(1024)
 *         .user("shop", id, Grant.register("reverse.shop.internal").maxTunnels(4).bytesPerSecond(10_000_000))
 *         .user("ada", id2, Grant.CONNECT.maxSessions(100))
 * }</pre>
 *
 * <p>Limits hold for a user of one inbound, over all of his connections. Whoever has not authenticated is nobody, and
 * has none; his port may.
 */
public final class Grant {
    /** How many tunnels there may be by default. */
    public static final int DEFAULT_MAX_TUNNELS = 64;

    /** How many sessions there may be by default. */
    public static final int DEFAULT_MAX_SESSIONS = 16_384;

    /** May ask for destinations, as a visitor of a public port does. */
    public static final Grant CONNECT = new Grant(false, true);

    /**
     * May register tunnels with every portal that the rules lead to, and nothing else: the default of a server's users.
     */
    public static final Grant REGISTER = new Grant(true, false);

    /** May do both. */
    public static final Grant BOTH = new Grant(true, true);

    // Set on a fresh copy only, before anybody else sees it.
    private boolean register;
    private boolean connect;
    private Set<String> domains = Set.of();
    private Set<String> portals = Set.of();
    private int maxTunnels = DEFAULT_MAX_TUNNELS;
    private int maxSessions = DEFAULT_MAX_SESSIONS;
    private long bytesFrom;
    private long bytesTo;

    private Grant(boolean register, boolean connect) {
        this.register = register;
        this.connect = connect;
    }

    private Grant(Grant other) {
        register = other.register;
        connect = other.connect;
        domains = other.domains;
        portals = other.portals;
        maxTunnels = other.maxTunnels;
        maxSessions = other.maxSessions;
        bytesFrom = other.bytesFrom;
        bytesTo = other.bytesTo;
    }

    /**
     * May register tunnels of some rendezvous domains only, and nothing else.
     *
     * @param domains of portals of this node; compared without case and trailing dot, and in their ASCII form
     * @return a grant
     * @throws IllegalArgumentException if there is none ({@link #REGISTER} is for all of them)
     */
    public static Grant register(String... domains) {
        Grant grant = new Grant(REGISTER);
        grant.domains =
                named("domain", Arrays.stream(domains).map(Grant::canonical).toList());
        return grant;
    }

    /**
     * May register tunnels with some portals only, by whatever domain or by {@link Command#REVERSE}, which has none;
     * and nothing else.
     *
     * @param tags of portals of this node
     * @return a grant
     * @throws IllegalArgumentException if there is none ({@link #REGISTER} is for all of them)
     */
    public static Grant registerAt(String... tags) {
        Grant grant = new Grant(REGISTER);
        grant.portals = named("portal", Arrays.asList(tags));
        return grant;
    }

    private static Set<String> named(String what, List<String> names) {
        if (names.isEmpty() || names.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException(
                    what + ": " + names + " (expected: at least one name; Grant.REGISTER is for all of them)");
        }
        return Set.copyOf(new LinkedHashSet<>(names));
    }

    /**
     * May ask for destinations as well.
     *
     * @return a changed copy
     */
    public Grant andConnect() {
        Grant copy = new Grant(this);
        copy.connect = true;
        return copy;
    }

    /**
     * How many tunnels he may have at once; one more is refused. Default: 64.
     *
     * @param most 1 or more
     * @return a changed copy
     */
    public Grant maxTunnels(int most) {
        Grant copy = new Grant(this);
        copy.maxTunnels = positive("maxTunnels", most);
        return copy;
    }

    /**
     * How many sessions he may have at once: connections and sources of datagrams that he has opened as a client, and
     * those that visitors have opened through his tunnels. One more is refused. Default: 16,384.
     *
     * @param most 1 or more
     * @return a changed copy
     */
    public Grant maxSessions(int most) {
        Grant copy = new Grant(this);
        copy.maxSessions = positive("maxSessions", most);
        return copy;
    }

    /**
     * How fast he may be in either direction, see {@link #bytesPerSecond(long, long)}.
     *
     * @param each 1 or more
     * @return a changed copy
     */
    public Grant bytesPerSecond(long each) {
        return bytesPerSecond(each, each);
    }

    /**
     * How many payload bytes may come from him and go to him, all of his tunnels and connections together. A stream is
     * slowed down: its sender is not read any faster. Datagrams that come faster are dropped. An eighth of it, or 16
     * KiB if that is more, may come at once after a pause. Default: as fast as the network.
     *
     * @param from him: what his bridge answers, or what he sends as a client; 0 for no limit
     * @param to him; 0 for no limit
     * @return a changed copy
     */
    public Grant bytesPerSecond(long from, long to) {
        if (from < 0 || to < 0) {
            throw new IllegalArgumentException(
                    "bytesPerSecond: " + from + " and " + to + " (expected: 1 or more, or 0 for no limit)");
        }
        Grant copy = new Grant(this);
        copy.bytesFrom = from;
        copy.bytesTo = to;
        return copy;
    }

    /** With the same limits, for one portal and its domain if it registers at all, and as a client. */
    Grant forMember(String portal, String domain) {
        Grant copy = new Grant(this);
        copy.connect = true;
        copy.portals = Set.of(portal);
        copy.domains = Set.of(canonical(domain));
        return copy;
    }

    private static int positive(String what, int most) {
        if (most < 1) {
            throw new IllegalArgumentException(what + ": " + most + " (expected: 1 or more)");
        }
        return most;
    }

    /**
     * Whether he may register tunnels at all.
     *
     * @return true if with one portal at least
     */
    public boolean register() {
        return register;
    }

    /**
     * Whether he may register tunnels with a portal.
     *
     * @param portal its tag
     * @param domain its rendezvous domain
     * @return false if he may register none, or only others
     */
    public boolean registers(String portal, String domain) {
        return register
                && ((domains.isEmpty() && portals.isEmpty())
                        || portals.contains(portal)
                        || domains.contains(canonical(domain)));
    }

    /**
     * Whether he may ask for destinations.
     *
     * @return true if he may use the node as a client
     */
    public boolean connect() {
        return connect;
    }

    /**
     * How many tunnels he may have at once.
     *
     * @return 1 or more
     */
    public int maxTunnels() {
        return maxTunnels;
    }

    /**
     * How many sessions he may have at once.
     *
     * @return 1 or more
     */
    public int maxSessions() {
        return maxSessions;
    }

    /**
     * How many bytes a second may come from him.
     *
     * @return 0 for no limit
     */
    public long bytesPerSecondFrom() {
        return bytesFrom;
    }

    /**
     * How many bytes a second may go to him.
     *
     * @return 0 for no limit
     */
    public long bytesPerSecondTo() {
        return bytesTo;
    }

    /** As a server may spell it: two spellings of one name must not be two rights. */
    private static String canonical(String domain) {
        String bare = domain.endsWith(".") ? domain.substring(0, domain.length() - 1) : domain;
        return IDN.toASCII(bare, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Grant grant
                && register == grant.register
                && connect == grant.connect
                && domains.equals(grant.domains)
                && portals.equals(grant.portals)
                && maxTunnels == grant.maxTunnels
                && maxSessions == grant.maxSessions
                && bytesFrom == grant.bytesFrom
                && bytesTo == grant.bytesTo;
    }

    @Override
    public int hashCode() {
        return Objects.hash(register, connect, domains, portals, maxTunnels, maxSessions, bytesFrom, bytesTo);
    }

    /** What he may do, for people. */
    @Override
    public String toString() {
        String what = !register
                ? (connect ? "connect" : "nothing")
                : "register" + (domains.isEmpty() ? "" : " " + domains) + (portals.isEmpty() ? "" : " at " + portals)
                        + (connect ? " and connect" : "");
        return "Grant[" + what + ", " + maxTunnels + " tunnels, " + maxSessions + " sessions"
                + (bytesFrom + bytesTo == 0 ? "" : ", " + bytesFrom + " and " + bytesTo + " bytes a second") + ']';
    }
}
