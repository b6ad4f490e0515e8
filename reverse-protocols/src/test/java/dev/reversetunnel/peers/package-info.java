/**
 * Real peers for tests: what other people's portals and bridges make of our bytes.
 *
 * <p>Put {@link dev.reversetunnel.peers.RequiresPeer @RequiresPeer("v2ray")} on a test, start a
 * {@link dev.reversetunnel.peers.V2Ray} with one of the {@link dev.reversetunnel.peers.V2RayDocuments}, an
 * {@link dev.reversetunnel.peers.Origin} behind it, and be its user with a {@link dev.reversetunnel.peers.Client}.
 * Plain JDK throughout: a fixture that shares no code with the library cannot share its mistakes.
 *
 * <table>
 * <caption>Peers and their documents</caption>
 * <tr><td>{@link dev.reversetunnel.peers.V2Ray}</td><td>{@link dev.reversetunnel.peers.V2RayDocuments} over any
 *     {@link dev.reversetunnel.peers.V2RayCarrier}: tunnels, clients, servers</td></tr>
 * <tr><td>{@link dev.reversetunnel.peers.SingBox}</td><td>{@link dev.reversetunnel.peers.SingBoxDocuments} over any
 *     {@link dev.reversetunnel.peers.SingBoxCarrier}: clients, servers, a proxy</td></tr>
 * <tr><td>{@link dev.reversetunnel.peers.Xray}</td><td>{@link dev.reversetunnel.peers.XrayDocuments}: VLESS reverse</td></tr>
 * <tr><td>{@link dev.reversetunnel.peers.ShadowsocksLibev}</td><td>none, its methods take all there is to say</td></tr>
 * <tr><td>{@link dev.reversetunnel.peers.Nginx}</td><td>{@link dev.reversetunnel.peers.NginxDocument}: WebSocket and
 *     HTTP</td></tr>
 * </table>
 *
 * <p>For datagrams there are {@link dev.reversetunnel.peers.DatagramOrigin} and
 * {@link dev.reversetunnel.peers.DatagramClient}; {@link dev.reversetunnel.peers.Socks5} goes through proxies. A
 * {@link dev.reversetunnel.peers.TestCertificate}, the one thing that is made by Netty, serves both sides of TLS.
 */
@NullMarked
package dev.reversetunnel.peers;

import org.jspecify.annotations.NullMarked;
