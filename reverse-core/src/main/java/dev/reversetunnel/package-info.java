/**
 * Reverse tunnels: an application behind NAT answers on a public machine.
 *
 * <p>Start with {@link dev.reversetunnel.ReverseTunnel}. Ring 1, for those who use tunnels, speaks JDK types:
 * {@code ReverseTunnel}, {@code Portal}, {@code Bridge}, {@code Rule}, {@code TunnelListener}. Ring 2, for those who
 * add a protocol, speaks Netty: {@link dev.reversetunnel.Inbound}, {@link dev.reversetunnel.Outbound},
 * {@link dev.reversetunnel.Transport}.
 *
 * <p>The path of a byte, which is the order in which to read:
 *
 * <pre>
 * portal host   user ▶ Inbound.port ▶ Dispatcher ▶ Router ▶ MuxPortal (an Outbound) ▶ MuxSession ▶ MuxConnection ▶ server channel
 * bridge host   client channel ▶ MuxConnection ▶ MuxSession ▶ MuxBridge ▶ Dispatcher ▶ Router ▶ Outbound ▶ web server
 * </pre>
 *
 * <p>And of a datagram, which is dropped wherever it would have to wait:
 *
 * <pre>
 * UDP port ▶ AssociationChannel ▶ DatagramDispatch (asks the rules for its target) ▶ DatagramFlow ▶ MuxPortal ▶ MuxSession
 * MuxSession ▶ RoamingDatagrams (if it has a name) ▶ DatagramDispatch ▶ DatagramFlow ▶ Outbound ▶ UdpSockets ▶ service
 * </pre>
 *
 * <p>How a decision is made: a {@code Rule} is a list of {@code Condition}s as they were written; {@code Routing}
 * checks them and binds them to lists and outbounds, which makes a {@code RuleTable}; {@code RuleRouter} asks the table
 * about a request, as a {@code Judged} that may wait for its name to be resolved; a {@code JudgedDialer} sees to it
 * that nothing else is dialled.
 *
 * <p>One contract for every hand-over of a channel: <em>it is not reading yet, its pipeline gives and takes plain
 * {@code ByteBuf}s (TCP) or {@link dev.reversetunnel.net.Datagram}s (UDP), and from now on it belongs to the
 * receiver.</em> Ends are told as Netty tells them for sockets: a clean end of the input is a
 * {@link io.netty.channel.socket.ChannelInputShutdownEvent}; a channel that becomes inactive without it was reset. A
 * channel is reset by setting {@code SO_LINGER} to 0 and closing it; its output alone is ended through
 * {@link dev.reversetunnel.OutputShutdown} or {@link io.netty.channel.socket.DuplexChannel}.
 */
@NullMarked
package dev.reversetunnel;

import org.jspecify.annotations.NullMarked;
