/**
 * What stands between the network and the users of a server: limits for strangers, the time for the handshake, what a
 * stranger sees, and the book of who came. Shared by all protocols; not exported.
 *
 * <p>Start with {@link dev.reversetunnel.door.Door}, one for each listener, and
 * {@link dev.reversetunnel.door.DoorHandshake}, the first handler of each connection. A protocol adds an
 * {@link dev.reversetunnel.door.Opening}, which reads its header. One in which both sides talk first, SOCKS5 or HTTP,
 * has a {@link dev.reversetunnel.door.DoorDialogue} instead, and gives a {@link dev.reversetunnel.door.DoorReply}.
 */
@NullMarked
package dev.reversetunnel.door;

import org.jspecify.annotations.NullMarked;
