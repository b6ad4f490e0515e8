package dev.reversetunnel.net;

import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where somebody wants to go: network, host and port.
 *
 * <p>The host is a domain name or an IP address. IP addresses are canonical: brackets are taken off, IPv6 text is
 * compressed, an IPv4-mapped IPv6 address is its IPv4 address. Domain names keep their case (V2Ray compares the
 * rendezvous domain with case) and consist of letters, digits, {@code -}, {@code .} and {@code _} only, as V2Ray and
 * Xray demand. Port 0 is legal: a bridge registers with it.
 *
 * @param network stream or datagrams
 * @param host a domain name of 1 to 255 characters, or an IP address
 * @param port 0 to 65535
 */
public record Destination(Network network, String host, int port) {

    /** The longest domain name that any of the protocols can carry: its length is one byte. */
    public static final int MAX_DOMAIN_LENGTH = 255;

    /**
     * Checks and normalises.
     *
     * @param network stream or datagrams
     * @param host a domain name, or an IP address in any spelling
     * @param port 0 to 65535
     * @throws IllegalArgumentException if host or port cannot exist; the message says what was expected
     */
    public Destination {
        Objects.requireNonNull(network, "network");
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0~65535)");
        }
        host = canonical(host);
    }

    /**
     * A destination for a stream.
     *
     * @param host a domain name or an IP address
     * @param port 0 to 65535
     * @return the destination
     */
    public static Destination tcp(String host, int port) {
        return new Destination(Network.TCP, host, port);
    }

    /**
     * A destination for datagrams.
     *
     * @param host a domain name or an IP address
     * @param port 0 to 65535
     * @return the destination
     */
    public static Destination udp(String host, int port) {
        return new Destination(Network.UDP, host, port);
    }

    /**
     * The destination that is a socket's address.
     *
     * @param network stream or datagrams
     * @param address resolved, or a name
     * @return the destination
     */
    public static Destination of(Network network, InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        return new Destination(
                network, ip == null ? address.getHostString() : NetUtil.toAddressString(ip), address.getPort());
    }

    /**
     * Whether the host is a name and not an IP address.
     *
     * @return true for a name
     */
    public boolean isDomain() {
        return !isIp(host);
    }

    /**
     * The IP address, without asking anybody.
     *
     * @return the address, or null if the host is a name
     */
    public @Nullable InetAddress address() {
        byte[] bytes = isIp(host) ? NetUtil.createByteArrayFromIpAddressString(host) : null;
        if (bytes == null) {
            return null;
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an IP address has 4 or 16 bytes: " + host, e);
        }
    }

    /**
     * The same host and port on another network.
     *
     * @param other stream or datagrams
     * @return the destination
     */
    public Destination on(Network other) {
        return other == network ? this : new Destination(other, host, port);
    }

    /** Written out, as is the hash: those of a record are linked at their first use, which takes 15 ms at a start. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Destination that
                && port == that.port
                && network == that.network
                && host.equals(that.host);
    }

    @Override
    public int hashCode() {
        return (31 * network.hashCode() + host.hashCode()) * 31 + port;
    }

    /** {@code tcp:example.com:443}, {@code udp:[2001:db8::1]:53}. */
    @Override
    public String toString() {
        return network + ":" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    private static boolean isIp(String host) {
        return host.indexOf(':') >= 0 || NetUtil.isValidIpV4Address(host);
    }

    private static String canonical(String host) {
        String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        if (bare.indexOf(':') >= 0) {
            return canonicalIpv6(bare, host);
        }
        if (!bare.equals(host)) {
            throw new IllegalArgumentException(
                    "host: " + '"' + PeerText.line(host) + '"' + " (expected: IPv6 inside the brackets)");
        }
        checkDomain(host);
        byte[] ipv4 = NetUtil.isValidIpV4Address(host) ? NetUtil.createByteArrayFromIpAddressString(host) : null;
        return ipv4 == null ? host : text(ipv4); // 010.0.0.1 is 10.0.0.1
    }

    private static String canonicalIpv6(String bare, String asGiven) {
        byte[] bytes = bare.indexOf('%') < 0 ? NetUtil.createByteArrayFromIpAddressString(bare) : null;
        if (bytes == null || bytes.length != 16) {
            throw new IllegalArgumentException("host: " + '"' + PeerText.line(asGiven) + '"'
                    + " (expected: a domain name, or an IP address without a zone)");
        }
        return text(bytes);
    }

    /** The canonical text of an address of 4 or 16 bytes. */
    static String text(byte[] bytes) {
        if (bytes.length == 16 && isMappedIpv4(bytes)) {
            return text(Arrays.copyOfRange(bytes, 12, 16));
        }
        try {
            InetAddress address = InetAddress.getByAddress(bytes);
            return address instanceof Inet4Address ? address.getHostAddress() : NetUtil.toAddressString(address);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("IP address: " + bytes.length + " bytes (expected: 4 or 16)", e);
        }
    }

    private static boolean isMappedIpv4(byte[] bytes) {
        for (int i = 0; i < 10; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return bytes[10] == (byte) 0xff && bytes[11] == (byte) 0xff;
    }

    private static void checkDomain(String name) {
        if (name.isEmpty() || name.length() > MAX_DOMAIN_LENGTH) {
            throw new IllegalArgumentException(
                    "host: " + name.length() + " characters (expected: 1~" + MAX_DOMAIN_LENGTH + ")");
        }
        for (int i = 0; i < name.length(); i++) {
            if (!isDomainCharacter(name.charAt(i))) {
                throw new IllegalArgumentException("host: " + '"' + PeerText.line(name) + '"'
                        + " (expected: letters, digits, '-', '.', '_'; other scripts in their ASCII form, see"
                        + " java.net.IDN)");
            }
        }
    }

    private static boolean isDomainCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_';
    }
}
