package dev.reversetunnel.sharelink;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.agreement.ClientAgreement;
import dev.reversetunnel.agreement.Credentials;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A link by which people hand a server to one another: {@code vmess://}, {@code vless://} or {@code ss://}. Immutable.
 *
 * <pre>{@code
 * ShareLink link = ShareLink.parse(text);
 * Bridge bridge = ReverseTunnel.bridge(link.name()).connect(link.outbound())...
 * ShareLink.of("home", Vmess.client("portal.example.com", 443).user(id).transport(Tls.client())).link()
 * }</pre>
 *
 * <p>A link holds the user's secret: it belongs into no log.
 *
 * @see <a href="https://github.com/XTLS/Xray-core/discussions/716">The links of VLESS, and the newer ones of VMess</a>
 * @see <a href="https://shadowsocks.org/doc/sip002.html">Those of Shadowsocks, SIP002</a>
 */
public final class ShareLink {
    private final String name;
    private final Outbound outbound;
    private final String link;
    private final List<String> warnings;

    ShareLink(String name, Outbound outbound, String link, List<String> warnings) {
        this.name = name;
        this.outbound = outbound;
        this.link = link;
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Reads a link.
     *
     * @param link {@code vmess://} with JSON in Base64 or in the form of VLESS' links, {@code vless://}, or
     *     {@code ss://} with the user in Base64 or in plain text
     * @return what it says
     * @throws IllegalArgumentException if it is none of these, or wants what this library does not have; the message
     *     holds no secret
     */
    public static ShareLink parse(String link) {
        String bare = link.strip();
        int colon = bare.indexOf("://");
        String scheme = colon < 0 ? "" : bare.substring(0, colon).toLowerCase(Locale.ROOT);
        return switch (scheme) {
            case "vmess" -> VmessLink.parse(bare);
            case "vless" -> VlessLink.parse(bare);
            case "ss" -> ShadowsocksLink.parse(bare);
            default ->
                throw new IllegalArgumentException("link: begins with \""
                        + (colon < 0 || !scheme.matches("[a-z][a-z0-9+.-]{0,15}") ? "" : scheme + "://")
                        + "\" (expected: vmess://, vless:// or ss://)");
        };
    }

    /**
     * Makes a link of a client.
     *
     * @param name for people
     * @param client of VMess, VLESS or Shadowsocks, by TCP, TLS or WebSocket
     * @return the link
     * @throws IllegalArgumentException if a link cannot say what the client does
     */
    public static ShareLink of(String name, Outbound client) {
        Objects.requireNonNull(name, "name");
        ClientAgreement agreed = client.agreement()
                .filter(ClientAgreement.class::isInstance)
                .map(ClientAgreement.class::cast)
                .orElseThrow(() -> new IllegalArgumentException("client: " + client
                        + " (expected: one of VMess, VLESS or Shadowsocks, with its user or password)"));
        if (agreed.byCommand()) {
            throw new IllegalArgumentException("reverse: a link cannot say it (expected: a client without reverse())");
        }
        LinkStream stream = LinkStream.of(agreed.transport());
        String link;
        if (agreed.credentials() instanceof Credentials.Vmess vmess) {
            link = VmessLink.print(name, agreed.server(), vmess, stream);
        } else if (agreed.credentials() instanceof Credentials.Vless vless) {
            link = VlessLink.print(name, agreed.server(), vless, stream);
        } else {
            link = ShadowsocksLink.print(name, agreed.server(), (Credentials.Shadowsocks) agreed.credentials(), stream);
        }
        return new ShareLink(name, client, link, List.of());
    }

    /**
     * What people call it.
     *
     * @return may be empty
     */
    public String name() {
        return name;
    }

    /**
     * The client.
     *
     * @return ready to be used
     */
    public Outbound outbound() {
        return outbound;
    }

    /**
     * What the link says that has no effect here.
     *
     * @return none or more lines for people
     */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * The link.
     *
     * @return with the user's secret in it
     */
    public String link() {
        return link;
    }

    /** Whose server it is, without the secret. */
    @Override
    public String toString() {
        return "ShareLink[" + name + ", " + outbound + "]";
    }
}
