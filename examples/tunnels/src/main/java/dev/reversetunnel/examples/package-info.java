/**
 * How to use the library: one small program per idea.
 *
 * <ol>
 *   <li>{@link dev.reversetunnel.examples.QuickStart}: both ends in one JVM, and a web server that has no port
 *   <li>{@link dev.reversetunnel.examples.PortalHost} and {@link dev.reversetunnel.examples.BridgeHost}: two processes
 *   <li>{@link dev.reversetunnel.examples.ShadowsocksForBoth}: one port for tunnels and for users, and rules
 *   <li>{@link dev.reversetunnel.examples.VlessOverTls}: certificates, pinned or signed by an authority of your own
 *   <li>{@link dev.reversetunnel.examples.WebSocketBehindNginx}: one port for tunnels and a web server
 *   <li>{@link dev.reversetunnel.examples.Socks5Portal}: users who come in by SOCKS5
 *   <li>{@link dev.reversetunnel.examples.UdpThroughTunnel}: datagrams, answered in the bridge's JVM
 *   <li>{@link dev.reversetunnel.examples.BridgeToXray} and {@link dev.reversetunnel.examples.PortalForXray}: Xray as
 *       the other end
 *   <li>{@link dev.reversetunnel.examples.BridgeToV2Ray} and {@link dev.reversetunnel.examples.PortalForV2Ray}: V2Ray
 *       as the other end
 * </ol>
 *
 * <p>How to set a tunnel up in a test of your own is shown in {@code ShopThroughTunnelTest}, under {@code src/test}.
 */
@NullMarked
package dev.reversetunnel.examples;

import org.jspecify.annotations.NullMarked;
