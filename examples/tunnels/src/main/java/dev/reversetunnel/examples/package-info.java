/**
 * How to use the library: one small program per idea.
 *
 * <ol>
 *   <li>{@link dev.reversetunnel.examples.QuickStart}: both ends in one JVM, and a web server that has no port
 *   <li>{@link dev.reversetunnel.examples.PortalHost} and {@link dev.reversetunnel.examples.BridgeHost}: two processes
 *   <li>{@link dev.reversetunnel.examples.BridgeToV2Ray}: our bridge, V2Ray as the portal
 *   <li>{@link dev.reversetunnel.examples.PortalForV2Ray}: our portal, V2Ray as the bridge
 *   <li>{@link dev.reversetunnel.examples.SocksPortal}: visitors come in by SOCKS5
 * </ol>
 *
 * <p>How to set a tunnel up in a test of your own is shown in {@code ShopThroughTunnelTest}, under {@code src/test}.
 */
@NullMarked
package dev.reversetunnel.examples;

import org.jspecify.annotations.NullMarked;
