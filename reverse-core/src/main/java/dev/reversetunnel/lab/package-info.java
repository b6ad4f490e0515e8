/**
 * The fault laboratory: bad networks, and what else tests of tunnels need. A test kit for applications that use
 * ReverseTunnel, and for the library itself; nothing outside of this package uses it. What travels through tunnels, and
 * what else speaks TCP or UDP, can be tried out in it.
 *
 * <p>Where to start:
 *
 * <ul>
 *   <li>{@link dev.reversetunnel.lab.TunnelExtension} for JUnit 5 and newer: a portal and a bridge with a bad network
 *       between them, as parameters of a test; and a look, at the end, at whether a session, buffer, thread or port is
 *       left. The only class that needs JUnit, which is an optional dependency: add {@code junit-jupiter-api} yourself.
 *   <li>{@link dev.reversetunnel.lab.FaultProxy}: a TCP port that hands on to another port, and does to connections
 *       what you tell it, while they run.
 *   <li>{@link dev.reversetunnel.lab.DatagramFaultProxy}: the same for UDP.
 *   <li>{@link dev.reversetunnel.lab.FaultHandler}: the same inside of a Netty pipeline, without a port.
 *   <li>{@link dev.reversetunnel.lab.Leftovers}: the look at what is left, without JUnit.
 *   <li>{@link dev.reversetunnel.lab.ManualClock}: a wall clock that a test moves, for
 *       {@link dev.reversetunnel.TunnelBuilder#clock}.
 *   <li>{@link dev.reversetunnel.Transport#memory()}: a network inside of the JVM, for tests that shall open no port at
 *       all: give it to both ends as the transport of their carrier.
 * </ul>
 *
 * <p>Which fault is what, of one direction ({@link dev.reversetunnel.lab.Faults}) or of whole connections
 * ({@link dev.reversetunnel.lab.FaultProxy}):
 *
 * <table>
 *   <caption>Faults</caption>
 *   <tr><th>in the world</th><th>here</th></tr>
 *   <tr><td>a long way, a mobile network</td><td>{@code delay}, {@code jitter}</td></tr>
 *   <tr><td>a slow line</td><td>{@code throttle}</td></tr>
 *   <tr><td>segments that begin and end anywhere</td><td>{@code split}, {@code singleBytes}</td></tr>
 *   <tr><td>packets that were lost and are sent again</td><td>{@code stall}</td></tr>
 *   <tr><td>a reader that stops, a closed window</td><td>{@code stop}, {@code go}</td></tr>
 *   <tr><td>a process that is killed, a proxy that ends connections</td>
 *       <td>{@code cut}, {@code cutAfter}, {@code reset}, {@code resetAfter}; {@code ...OnceAfter} for one of them</td></tr>
 *   <tr><td>a NAT that forgets what was idle, an address that has changed</td><td>{@code forget}</td></tr>
 *   <tr><td>a cable that was pulled</td><td>{@code blackHole}</td></tr>
 *   <tr><td>a machine that crashed</td><td>{@code halfOpen}</td></tr>
 *   <tr><td>a server that is down</td><td>{@code refuse}</td></tr>
 * </table>
 *
 * <p>All of it runs on Netty 4.1 and 4.2, is bound to loopback, and draws what is random from a seed that the test
 * gives.
 */
@NullMarked
package dev.reversetunnel.lab;

import org.jspecify.annotations.NullMarked;
