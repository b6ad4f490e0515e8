package dev.reversetunnel.peerconfig;

import dev.reversetunnel.PeerFormat;
import dev.reversetunnel.PortalEnd;
import dev.reversetunnel.agreement.LayerAgreement;
import dev.reversetunnel.agreement.ServerAgreement;
import dev.reversetunnel.foreign.Carriage;
import dev.reversetunnel.net.Destination;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Another program that dials our portal: as its bridge ({@link #forward}, {@link #direct}), or as a user who comes in
 * through it ({@link #socks}, {@link #door}). Give it to {@link dev.reversetunnel.Portal#peerConfig}. Immutable: each
 * method gives a new one.
 *
 * <p>If the portal's server speaks TLS, the program verifies its certificate: for the host that it dials, by an issuer
 * that its system trusts, unless {@link #serverName}, {@link #trust} or {@link #pin} say otherwise.
 */
public final class PeerOfPortal implements PeerFormat<PortalEnd> {
    private final Program program;
    private final String host;

    // Set on a fresh copy only, before anybody else sees it.
    private @Nullable String inbound;
    private @Nullable String user;
    private boolean isBridge;
    private @Nullable String redirect;
    private List<Entrance> entrances = List.of();
    private @Nullable String serverName;
    private List<String> issuers = List.of();
    private boolean pinned;

    PeerOfPortal(Program program, String host) {
        this.program = program;
        this.host = Destination.tcp(host, 0).host();
    }

    private PeerOfPortal(PeerOfPortal other) {
        program = other.program;
        host = other.host;
        inbound = other.inbound;
        user = other.user;
        isBridge = other.isBridge;
        redirect = other.redirect;
        entrances = other.entrances;
        serverName = other.serverName;
        issuers = other.issuers;
        pinned = other.pinned;
    }

    /**
     * Makes it a bridge, whose visitors reach one address, by streams and datagrams.
     *
     * @param targetHost a name or an IP address, as seen from there
     * @param port 1 to 65535
     * @return a new one
     * @throws IllegalArgumentException if there is no such address, or the program is sing-box, which knows no reverse
     *     tunnels
     */
    public PeerOfPortal forward(String targetHost, int port) {
        Destination target = Entrance.target(targetHost, port);
        String name = target.host();
        return bridge((name.indexOf(':') < 0 ? name : '[' + name + ']') + ':' + port);
    }

    /**
     * Makes it a bridge, whose visitors reach what they ask for: the whole network there, if the portal lets them ask.
     *
     * @return a new one
     * @throws IllegalArgumentException if the program is sing-box, which knows no reverse tunnels
     */
    public PeerOfPortal direct() {
        return bridge(null);
    }

    private PeerOfPortal bridge(@Nullable String to) {
        if (program instanceof SingBoxProgram) {
            throw SingBoxProgram.knowsNoReverse();
        }
        notYet(isBridge, "forward(...) or direct()");
        notYet(!entrances.isEmpty(), "socks(...) or door(...)");
        PeerOfPortal copy = new PeerOfPortal(this);
        copy.isBridge = true;
        copy.redirect = to;
        return copy;
    }

    /**
     * Makes it a user, with a SOCKS5 proxy at 127.0.0.1 for streams and datagrams.
     *
     * @param port of the proxy, 1 to 65535
     * @return a new one
     * @throws IllegalArgumentException if there is no such port, or it is taken
     */
    public PeerOfPortal socks(int port) {
        return entrance(new Entrance(port, null, true));
    }

    /**
     * Makes it a user, with a port at 127.0.0.1 that leads to one address, for streams and datagrams.
     *
     * @param port of the door, 1 to 65535
     * @param targetHost a name or an IP address, as seen by the bridge behind the portal
     * @param targetPort 1 to 65535
     * @return a new one
     * @throws IllegalArgumentException if there is no such port or address, or the port is taken
     */
    public PeerOfPortal door(int port, String targetHost, int targetPort) {
        return entrance(new Entrance(port, Entrance.target(targetHost, targetPort), true));
    }

    private PeerOfPortal entrance(Entrance entrance) {
        notYet(isBridge, "forward(...) or direct()");
        PeerOfPortal copy = new PeerOfPortal(this);
        copy.entrances = Entrance.add(entrances, entrance);
        return copy;
    }

    private static void notYet(boolean set, String what) {
        if (set) {
            throw new IllegalStateException(
                    "task: already set by " + what + " (expected: a bridge or a user, not both)");
        }
    }

    /**
     * As whom it comes. Default: the only one who may do what it does.
     *
     * @param name of a user of the portal's server
     * @return a new one
     */
    public PeerOfPortal user(String name) {
        PeerOfPortal copy = new PeerOfPortal(this);
        copy.user = Objects.requireNonNull(name, "user");
        return copy;
    }

    /**
     * By which of the portal's servers it comes. Default: the only one with such a user.
     *
     * @param tag of an inbound
     * @return a new one
     */
    public PeerOfPortal inbound(String tag) {
        PeerOfPortal copy = new PeerOfPortal(this);
        copy.inbound = Objects.requireNonNull(tag, "inbound");
        return copy;
    }

    /**
     * The name that it asks for by TLS, and that the portal's certificate must have. Default: the host that it dials.
     *
     * @param name a domain name or an IP address
     * @return a new one
     */
    public PeerOfPortal serverName(String name) {
        PeerOfPortal copy = new PeerOfPortal(this);
        copy.serverName = Destination.tcp(name, 0).host();
        return copy;
    }

    /**
     * Whom it trusts instead of the issuers that its system knows. The certificates become part of the document.
     *
     * @param pem a file here, read at once, with one or more certificates of issuers
     * @return a new one
     * @throws IllegalArgumentException if there are none in it
     */
    public PeerOfPortal trust(Path pem) {
        PeerOfPortal copy = new PeerOfPortal(this);
        copy.issuers = Certificates.read(pem);
        return copy;
    }

    /**
     * Makes it know the portal by the certificate that its server has now, whoever issued that: right for one that is
     * self-signed. It must be told again when the certificate changes; sing-box, when the key changes. To V2Ray the
     * certificate is an issuer whom it trusts, so it looks at the name and the dates as well. sing-box must be 1.13 or
     * newer.
     *
     * @return a new one
     */
    public PeerOfPortal pin() {
        PeerOfPortal copy = new PeerOfPortal(this);
        copy.pinned = true;
        return copy;
    }

    @Override
    public String write(PortalEnd portal) {
        if (!isBridge && entrances.isEmpty()) {
            throw new IllegalArgumentException(
                    this + " has nothing to do (call forward(...) or direct() for a bridge, socks(...) or door(...)"
                            + " for a user)");
        }
        if (isBridge && !program.registersByCommand() && portal.domain() == null) {
            throw new IllegalArgumentException("portal \"" + portal.name() + "\" has no domain, the only way by which "
                    + program.name() + " registers (call domain(...) on it; or take Peers.xray(...))");
        }
        UserChoice choice = UserChoice.of(portal, inbound, user, this::fits, otherwise());
        Dialling to = dialling(choice);
        return (isBridge ? program.bridge(to, portal.domain(), redirect) : program.user(to, entrances)).print();
    }

    private boolean fits(ServerAgreement.User candidate) {
        return isBridge
                ? candidate.grant().register() && candidate.byCommand() == program.registersByCommand()
                : candidate.grant().connect() && !candidate.byCommand();
    }

    private String otherwise() {
        if (!isBridge) {
            return "may not ask for destinations, as a user does (call client() or clientOnly() on the server)";
        }
        return program.registersByCommand()
                ? "registers no tunnels by VLESS' reverse command, the only way that " + program.name()
                        + " has (call reverseUser(...) on a Vless.server(...); or take Peers.v2ray(...))"
                : "registers no tunnels by a domain, the only way that " + program.name()
                        + " has (call user(...) on the server, and not clientOnly(); or take Peers.xray(...) for a"
                        + " reverseUser(...))";
    }

    private Dialling dialling(UserChoice choice) {
        Carriage carriage = Carriage.of(
                choice.agreement().transport(), "inbound \"" + choice.at().tag() + '"', program.name());
        return new Dialling(host, choice.at().port(), choice.user().credentials(), carriage, verification(carriage));
    }

    private @Nullable Verification verification(Carriage carriage) {
        if (!(carriage.tls() instanceof LayerAgreement.TlsServer server)) {
            if (pinned || !issuers.isEmpty() || serverName != null) {
                throw new IllegalArgumentException("pin, trust, serverName: there is no certificate to look at"
                        + " (expected: none of them, or a TLS transport at the portal's server)");
            }
            return null;
        }
        if (server.asksForCertificate()) {
            throw new IllegalArgumentException("requireClientCertificate: the document cannot hold a certificate of "
                    + program.name() + " (expected: a server that asks for none)");
        }
        if (pinned && server.chain().isEmpty()) {
            throw new IllegalArgumentException("pin: the server's certificate is in its context only (expected:"
                    + " Tls.server(chain, key); or call trust(...))");
        }
        return new Verification(
                serverName == null ? host : serverName,
                issuers,
                pinned ? Certificates.pin(server.chain().get(0)) : null);
    }

    /** What and where, never a secret. */
    @Override
    public String toString() {
        return program.name() + " that dials " + host;
    }
}
