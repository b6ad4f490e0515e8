package dev.reversetunnel.peerconfig;

/**
 * Documents for other programs at the other end of a tunnel, complete and ready to be saved and run. The way in: name
 * the program, say what it is to do there, and give it to {@code peerConfig(...)} of a portal or a bridge.
 *
 * <pre>{@code
 * // V2Ray as the bridge of our portal, in front of a web server on its machine
 * portal.peerConfig(Peers.v2ray("portal.example.com").forward("127.0.0.1", 8080))
 *
 * // sing-box as a user, with a SOCKS5 proxy on his machine
 * portal.peerConfig(Peers.singBox("portal.example.com").user("phone").socks(1080))
 *
 * // Xray as the portal of our bridge
 * bridge.peerConfig(Peers.xray().visitors(80))
 * }</pre>
 *
 * <p>A document holds the secrets that the two ends share. Write it to a file that only its reader can read; it belongs
 * into no log, and nothing here writes it to one.
 */
public final class Peers {
    private Peers() {}

    /**
     * V2Ray 4.27 or newer, which dials our portal. As a bridge it registers by the portal's domain, over VMess, VLESS
     * or Shadowsocks of 2017.
     *
     * @param portalHost by which it reaches our portal: a name or an IP address
     * @return a program that has nothing to do yet
     * @throws IllegalArgumentException if there is no such host
     */
    public static PeerOfPortal v2ray(String portalHost) {
        return new PeerOfPortal(V2RayProgram.V2RAY, portalHost);
    }

    /**
     * Xray 26.5.3 or newer, which dials our portal. As a bridge it registers by VLESS' reverse command.
     *
     * @param portalHost by which it reaches our portal: a name or an IP address
     * @return a program that has nothing to do yet
     * @throws IllegalArgumentException if there is no such host
     */
    public static PeerOfPortal xray(String portalHost) {
        return new PeerOfPortal(XrayProgram.XRAY, portalHost);
    }

    /**
     * sing-box 1.12 or newer, which dials our portal as a user. It is no bridge, for it knows no reverse tunnels.
     *
     * @param portalHost by which it reaches our portal: a name or an IP address
     * @return a program that has nothing to do yet
     * @throws IllegalArgumentException if there is no such host
     */
    public static PeerOfPortal singBox(String portalHost) {
        return new PeerOfPortal(SingBoxProgram.SING_BOX, portalHost);
    }

    /**
     * V2Ray 4.27 or newer as the portal of our bridge, which registers by its domain, over VMess, VLESS or Shadowsocks
     * of 2017.
     *
     * @return a program whose visitors cannot come in yet
     */
    public static PeerOfBridge v2ray() {
        return new PeerOfBridge(V2RayProgram.V2RAY);
    }

    /**
     * Xray 25.9.10 or newer as the portal of our bridge, which registers by VLESS' reverse command.
     *
     * @return a program whose visitors cannot come in yet
     */
    public static PeerOfBridge xray() {
        return new PeerOfBridge(XrayProgram.XRAY);
    }
}
