/**
 * Real peers for tests: what other people's portals and bridges make of our bytes.
 *
 * <p>Put {@link dev.reversetunnel.peers.RequiresPeer @RequiresPeer("v2ray")} on a test, start a
 * {@link dev.reversetunnel.peers.V2Ray} with one of the {@link dev.reversetunnel.peers.V2RayDocuments}, an
 * {@link dev.reversetunnel.peers.Origin} behind it, and be its user with a {@link dev.reversetunnel.peers.Client}.
 * Plain JDK throughout: a fixture that shares no code with the library cannot share its mistakes.
 */
@NullMarked
package dev.reversetunnel.peers;

import org.jspecify.annotations.NullMarked;
