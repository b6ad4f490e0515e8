package dev.reversetunnel;

/**
 * How a backend is told the address of its visitor, in front of the first byte. nginx, Apache, HAProxy, Tomcat, Jetty
 * and Netty read both forms, when it is switched on there; a backend that does not expect it takes it for garbage.
 *
 * @see <a href="https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt">The PROXY protocol</a>
 */
public enum ProxyProtocol {
    /** A line of text: {@code PROXY TCP4 192.0.2.7 198.51.100.1 40000 443}. Section 2.1. */
    V1,

    /** Sixteen bytes and the addresses in binary. Section 2.2. */
    V2
}
