/**
 * Shadowsocks, the AEAD edition of 2017 and that of 2022, client and server, streams and datagrams. Start with
 * {@link dev.reversetunnel.shadowsocks.Shadowsocks}.
 *
 * <p>The handlers of a connection, from the socket inwards. A server's:
 *
 * <pre>
 * DoorHandshake         the opening; what a stranger sees; gives way to the following
 * BodyDecoder           chunks to bytes, as fast as somebody reads
 * BodyEncoder           bytes to chunks, the first behind the salt and the header of the answer
 * </pre>
 *
 * A client's:
 *
 * <pre>
 * BodyDecoder           salt, header and chunks to bytes
 * HeaderBeforePayload   sends the opening if no payload comes that it could be sent with
 * BodyEncoder           bytes to chunks, the first behind the salt and the header of the request
 * </pre>
 *
 * A UDP socket has one handler: {@code UdpServer}, which makes an association of each visitor, or {@code UdpClient}.
 *
 * <p>The bytes are known to {@code RequestDecoder}, {@code RequestSealer}, {@code ResponseOpener},
 * {@code ResponseSealer}, {@code StreamOpener} and {@code StreamSealer}, and for datagrams to {@code Packets2017},
 * {@code PacketSealer2022}, {@code PacketOpener2022} and {@code PacketBody2022}, which know nothing of channels. Rules
 * that hold inside: keys and payload are in no message and no {@code toString()}; nobody who has not shown a key is
 * answered; an opening is accepted once; one wrong chunk ends the connection with a reset; a wrong packet is dropped
 * and changes nothing.
 *
 * @see <a href="https://shadowsocks.org/doc/aead.html">AEAD ciphers</a>, the edition of 2017
 * @see <a href="https://github.com/Shadowsocks-NET/shadowsocks-specs">SIP022 and SIP023</a>, the edition of 2022 and
 *     its identity headers
 */
@NullMarked
package dev.reversetunnel.shadowsocks;

import org.jspecify.annotations.NullMarked;
