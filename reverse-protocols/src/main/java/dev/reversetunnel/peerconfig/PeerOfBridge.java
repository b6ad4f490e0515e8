package dev.reversetunnel.peerconfig;

import dev.reversetunnel.BridgeEnd;
import dev.reversetunnel.PeerFormat;
import dev.reversetunnel.agreement.ClientAgreement;
import dev.reversetunnel.foreign.Carriage;
import dev.reversetunnel.net.Destination;
import io.netty.util.NetUtil;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Another program that our bridge dials: its portal. Give it to {@link dev.reversetunnel.Bridge#peerConfig}. Immutable:
 * each method gives a new one.
 */
public final class PeerOfBridge implements PeerFormat<BridgeEnd> {
    /** As in the manual of V2Ray; a bridge that forwards does not look at it. */
    private static final Destination ANYTHING = Destination.tcp("127.0.0.1", 80);

    private final Program program;

    // Set on a fresh copy only, before anybody else sees it.
    private @Nullable String bridge;
    private @Nullable String address;
    private List<Entrance> visitors = List.of();
    private boolean datagrams;
    private Listening.@Nullable CertificateFiles certificate;

    PeerOfBridge(Program program) {
        this.program = program;
    }

    private PeerOfBridge(PeerOfBridge other) {
        program = other.program;
        bridge = other.bridge;
        address = other.address;
        visitors = other.visitors;
        datagrams = other.datagrams;
        certificate = other.certificate;
    }

    /**
     * Lets visitors in. They ask for 127.0.0.1:80, which means something only to a bridge that reaches what they ask
     * for.
     *
     * @param port that is opened there, 1 to 65535
     * @return a new one
     * @throws IllegalArgumentException if there is no such port, or it is taken
     */
    public PeerOfBridge visitors(int port) {
        return add(port, ANYTHING);
    }

    /**
     * Lets visitors in who ask for one address.
     *
     * @param port that is opened there, 1 to 65535
     * @param targetHost a name or an IP address, as seen by our bridge
     * @param targetPort 1 to 65535
     * @return a new one
     * @throws IllegalArgumentException if there is no such port or address, or the port is taken
     */
    public PeerOfBridge visitors(int port, String targetHost, int targetPort) {
        return add(port, Entrance.target(targetHost, targetPort));
    }

    private PeerOfBridge add(int port, Destination target) {
        PeerOfBridge copy = new PeerOfBridge(this);
        copy.visitors = Entrance.add(visitors, new Entrance(port, target, false));
        return copy;
    }

    /**
     * Takes visitors' streams and datagrams, on ports of the same numbers. Default: streams only.
     *
     * @return a new one
     */
    public PeerOfBridge tcpAndUdp() {
        PeerOfBridge copy = new PeerOfBridge(this);
        copy.datagrams = true;
        return copy;
    }

    /**
     * Listens on one address of its machine only, for visitors and for our bridge. Default: on all.
     *
     * @param bindAddress an IP address there
     * @return a new one
     * @throws IllegalArgumentException if it is none
     */
    public PeerOfBridge address(String bindAddress) {
        if (NetUtil.createByteArrayFromIpAddressString(bindAddress) == null) {
            throw new IllegalArgumentException(
                    "address: \"" + bindAddress + "\" (expected: an IP address of the portal's machine)");
        }
        PeerOfBridge copy = new PeerOfBridge(this);
        copy.address = bindAddress;
        return copy;
    }

    /**
     * The certificate by which it shows itself, if our bridge dials by TLS. They are files there, and not read here.
     *
     * @param chain path of a PEM file with the certificate and those of its issuers
     * @param key path of a PEM file with the private key
     * @return a new one
     */
    public PeerOfBridge certificate(String chain, String key) {
        PeerOfBridge copy = new PeerOfBridge(this);
        copy.certificate = new Listening.CertificateFiles(chain, key);
        return copy;
    }

    /**
     * Which of several portals of our bridge it is. Default: the only one.
     *
     * @param tag the bridge's name for the first one, with a number behind for the others, such as {@code shop-2}
     * @return a new one
     */
    public PeerOfBridge bridge(String tag) {
        PeerOfBridge copy = new PeerOfBridge(this);
        copy.bridge = Objects.requireNonNull(tag, "bridge");
        return copy;
    }

    @Override
    public String write(BridgeEnd end) {
        if (visitors.isEmpty()) {
            throw new IllegalArgumentException(this + " lets no visitors in (call visitors(...))");
        }
        BridgeEnd.Dialled dialled = dialled(end);
        String whose = "bridge \"" + dialled.tag() + '"';
        if (!(dialled.outbound().agreement().orElse(null) instanceof ClientAgreement client)) {
            throw new IllegalArgumentException(whose + ": " + program.name() + " cannot be reached by "
                    + dialled.outbound() + " (expected: Vmess.client(...), Vless.client(...), or another client of"
                    + " this library)");
        }
        checkWay(whose, client);
        checkPorts(client);
        Listening at = new Listening(
                address, client.server().port(), client.credentials(), carriage(whose, client), certificate);
        List<Entrance> entrances = visitors.stream()
                .map(entrance -> new Entrance(entrance.port(), entrance.target(), datagrams))
                .toList();
        return program.portal(at, dialled.domain(), entrances).print();
    }

    private BridgeEnd.Dialled dialled(BridgeEnd end) {
        List<String> tags = end.portals().stream().map(BridgeEnd.Dialled::tag).toList();
        if (bridge == null && tags.size() > 1) {
            throw new IllegalArgumentException("bridge: several could be meant: " + tags + " (call bridge(...))");
        }
        return end.portals().stream()
                .filter(portal -> bridge == null || portal.tag().equals(bridge))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("bridge: \"" + bridge + "\" (expected: one of " + tags + ")"));
    }

    private void checkWay(String whose, ClientAgreement client) {
        if (client.byCommand() == program.registersByCommand()) {
            return;
        }
        throw new IllegalArgumentException(
                client.byCommand()
                        ? whose + " registers by VLESS' reverse command, which " + program.name()
                                + " does not know (leave out reverse() and call domain(...); or take Peers.xray())"
                        : whose + " registers by its domain, which " + program.name()
                                + " 26.4.25 and newer refuse (take Vless.client(...).reverse(); or take Peers.v2ray())");
    }

    private void checkPorts(ClientAgreement client) {
        for (Entrance entrance : visitors) {
            if (entrance.port() == client.server().port()) {
                throw new IllegalArgumentException(
                        "visitors: port " + entrance.port() + " is where our bridge comes in (expected: another one)");
            }
        }
    }

    private Carriage carriage(String whose, ClientAgreement client) {
        Carriage carriage = Carriage.of(client.transport(), whose, program.name());
        if (carriage.isEncrypted() && certificate == null) {
            throw new IllegalArgumentException(whose + " dials by TLS, and " + program.name()
                    + " has no certificate (call certificate(...) with the paths of its files there)");
        }
        if (!carriage.isEncrypted() && certificate != null) {
            throw new IllegalArgumentException(whose + " dials without TLS, so nobody would see the certificate"
                    + " (expected: no certificate(...), or Tls.client() as the bridge's transport)");
        }
        return carriage;
    }

    /** What, never a secret. */
    @Override
    public String toString() {
        return program.name() + " as a portal";
    }
}
