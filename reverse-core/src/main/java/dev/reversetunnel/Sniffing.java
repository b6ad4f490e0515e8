package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whether, and how, an inbound looks at what its visitors say first, to learn the host that they name: so that one port
 * serves many bridges, for the web and for TLS that passes through. Immutable; each method returns a changed copy.
 *
 * <p>Nothing is taken from what a visitor says. He is looked at until he has named his host, or has said something that
 * none of the protocols begins with, or bytes or time are used up; then the rules are asked. So a visitor who waits for
 * the server to speak, as in SMTP and SSH, waits for {@link #patience} longer. Who comes in by SOCKS5 or by an HTTP
 * proxy hears that he is connected before it is known, for he says nothing until then.
 *
 * <p>A connection belongs to the host that it names first: what follows on it is not looked at. Browsers keep a
 * connection of HTTP/1.1 to one host; one of HTTP/2 they use for all hosts of its certificate that have the same
 * address, unless the server answers 421 (RFC 9110, section 15.5.20), so give each bridge a certificate of its own. Put
 * no proxy in front whose connections to us serve several hosts, as those of CDNs do and nginx' with {@code keepalive}.
 *
 * <p>Looked at is what wants to be connected by TCP: no tunnels, no UDP. QUIC's names are not found, for its first
 * packet is encrypted (RFC 9001, section 5.2) and no library that we have opens it; HTTP/2 without TLS is {@code http}
 * without a name; Encrypted Client Hello shows the name that everybody may see.
 */
public final class Sniffing {
    /** Nobody is looked at: what inbounds do unless told. */
    public static final Sniffing NONE = new Sniffing(Set.of());

    /** Of V2Ray (4.34: three waits of 100 ms), whose users know it: how much later a server that speaks first is. */
    private static final Duration PATIENCE = Duration.ofMillis(300);

    /**
     * Of our choice: a ClientHello with a post-quantum key share has 1.8 KiB, a browser's request with its cookies
     * rarely 8, and Host stands at its beginning, of which all whole lines count.
     */
    private static final int LIMIT = 16 * 1024;

    private static final int LEAST = 256;

    /** As many as there may be who have not authenticated at a server. */
    private static final int MOST = 1_024;

    private static final int MOST_OF_SOURCE = 64;

    private final Set<String> protocols;

    // Set on a fresh copy only, before anybody else sees it.
    private Set<String> named;
    private Set<String> excluded = Set.of();
    private boolean overriding = true;
    private Duration patience = PATIENCE;
    private int limit = LIMIT;
    private int most = MOST;
    private int mostOfSource = MOST_OF_SOURCE;

    private Sniffing(Set<String> protocols) {
        this.protocols = protocols;
        this.named = protocols;
    }

    private Sniffing(Sniffing other) {
        protocols = other.protocols;
        named = other.named;
        excluded = other.excluded;
        overriding = other.overriding;
        patience = other.patience;
        limit = other.limit;
        most = other.most;
        mostOfSource = other.mostOfSource;
    }

    /**
     * Looks for some protocols. The name that is found becomes the destination; its port stays.
     *
     * @param protocols some of {@link Sniffed#HTTP}, {@link Sniffed#TLS} and {@link Sniffed#BITTORRENT}
     * @return with all defaults
     * @throws IllegalArgumentException if there are none, or others
     */
    public static Sniffing of(String... protocols) {
        if (protocols.length == 0) {
            throw new IllegalArgumentException("sniffing: no protocol (expected: some of " + OpeningReader.known()
                    + "; Sniffing.NONE looks for none)");
        }
        return new Sniffing(known(Arrays.asList(protocols), OpeningReader.known()));
    }

    /**
     * Uses the names of some protocols only. The others are told to the rules without a name, as V2Ray does with those
     * that are not in {@code destOverride}. Default: the names of all.
     *
     * @param protocols some of those that are looked for; none for no names at all
     * @return a changed copy
     * @throws IllegalArgumentException if one of them is not looked for
     */
    public Sniffing namesOf(String... protocols) {
        Sniffing copy = new Sniffing(this);
        copy.named = known(Arrays.asList(protocols), this.protocols);
        return copy;
    }

    /**
     * Shows names to the rules alone; what was asked for stays the destination. What Xray calls {@code routeOnly}.
     *
     * @return a changed copy
     */
    public Sniffing rulesOnly() {
        Sniffing copy = new Sniffing(this);
        copy.overriding = false;
        return copy;
    }

    /**
     * Takes no notice of some names, as if they had not been said.
     *
     * @param names whole names, in any case
     * @return a changed copy
     * @throws IllegalArgumentException if one of them is no name
     */
    public Sniffing except(String... names) {
        Set<String> lower = new TreeSet<>();
        for (String name : names) {
            String host = HostName.of(name);
            if (host.isEmpty()) {
                throw new IllegalArgumentException("except: \"" + name + "\" (expected: a host's name)");
            }
            lower.add(host);
        }
        Sniffing copy = new Sniffing(this);
        copy.excluded = Set.copyOf(lower);
        return copy;
    }

    /**
     * How long a visitor may say nothing. Default: 300 ms, as V2Ray has it. Who has begun with what may be one of the
     * protocols, and would wait for an answer anyway, gets 5 s or this time, whichever is longer: TCP sends again what
     * was lost after 1 s and 3 s. Take seconds where all visitors speak first, as on the ports of the web.
     *
     * @param time more than nothing
     * @return a changed copy
     * @throws IllegalArgumentException if it is zero or negative
     */
    public Sniffing patience(Duration time) {
        if (time.isZero() || time.isNegative()) {
            throw new IllegalArgumentException("patience: " + time + " (expected: more than 0)");
        }
        Sniffing copy = new Sniffing(this);
        copy.patience = time;
        return copy;
    }

    /**
     * How many bytes are looked at. What comes in the same read is held as well: 63 KiB at most. Default: 16,384.
     *
     * @param bytes 256 or more
     * @return a changed copy
     * @throws IllegalArgumentException if it is less
     */
    public Sniffing limit(int bytes) {
        if (bytes < LEAST) {
            throw new IllegalArgumentException("limit: " + bytes + " (expected: " + LEAST + " bytes or more)");
        }
        Sniffing copy = new Sniffing(this);
        copy.limit = bytes;
        return copy;
    }

    /**
     * How many visitors of an inbound may be looked at, at once; for one more, the rules are asked about the oldest of
     * them as if his time were up. Users of a server are not counted. Default: 1,024 in all, and 64 from one IPv4
     * address or one /64 of IPv6; take more for one source where a proxy stands in front that does not tell where its
     * visitors come from.
     *
     * @param inAll 1 or more
     * @param fromOneSource 1 or more
     * @return a changed copy
     * @throws IllegalArgumentException if one of them is less than 1
     */
    public Sniffing maxVisitors(int inAll, int fromOneSource) {
        Sniffing copy = new Sniffing(this);
        copy.most = positive("inAll", inAll);
        copy.mostOfSource = positive("fromOneSource", fromOneSource);
        return copy;
    }

    private static int positive(String name, int count) {
        if (count < 1) {
            throw new IllegalArgumentException(name + ": " + count + " (expected: 1 or more)");
        }
        return count;
    }

    private static Set<String> known(Collection<String> given, Set<String> known) {
        for (String protocol : given) {
            if (!known.contains(Objects.requireNonNull(protocol, "protocol"))) {
                throw new IllegalArgumentException("sniffing: \"" + protocol + "\" (expected: some of " + known + ")");
            }
        }
        return Set.copyOf(given);
    }

    /** Whether somebody who asks for this is looked at. */
    boolean looksAt(Request request) {
        return !protocols.isEmpty()
                && request.command() == Command.CONNECT
                && request.destination().network() == Network.TCP;
    }

    /** What is asked for, now that the visitor has spoken. */
    Request told(Request request, @Nullable Sniffed sniffed) {
        if (sniffed == null) {
            return request;
        }
        String name = named.contains(sniffed.protocol()) && !excluded.contains(sniffed.name()) ? sniffed.name() : "";
        Request told = request.sniffed(new Sniffed(sniffed.protocol(), name));
        return overriding && !name.isEmpty()
                ? told.to(Destination.tcp(name, request.destination().port()))
                : told;
    }

    /** For those of one inbound who are looked at. */
    Strangers visitors() {
        return new Strangers(most, mostOfSource);
    }

    Set<String> protocols() {
        return protocols;
    }

    Duration patience() {
        return patience;
    }

    int limit() {
        return limit;
    }

    @Override
    public String toString() {
        return protocols.isEmpty()
                ? "no sniffing"
                : "sniffing of " + new TreeSet<>(protocols) + (overriding ? "" : ", for rules only");
    }
}
