package dev.reversetunnel;

import com.sun.net.httpserver.HttpHandler;
import dev.reversetunnel.mux.MuxDialect;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;
import java.util.Optional;

/**
 * A way to reach destinations: dial them, ask a proxy server, ask the bridge behind a portal, or answer in this JVM.
 * Immutable; may serve several nodes.
 */
public interface Outbound {
    /**
     * Opens a channel whose bytes travel to and from {@code request.destination()}.
     *
     * @param request what was asked for
     * @param dialer how this node reaches the network; its loop is that of the waiting side
     * @return the channel, not reading yet, its pipeline taking and giving plain {@code ByteBuf}s (or
     *     {@code Datagram}s); or why not, as a {@link TunnelException}. A channel that is handed out belongs to the
     *     caller, who closes it
     */
    Future<Channel> connect(Request request, Dialer dialer);

    /**
     * Takes the waiting channel over. By default connects and joins the two; a portal adopts tunnels here, a handler
     * installs itself.
     *
     * @param request what was asked for
     * @param channel who asked; called on its event loop
     * @param relay joins two channels
     */
    default void take(Request request, Channel channel, Relay relay) {
        relay.join(request, channel, connect(request, relay.dialer(channel)));
    }

    /**
     * Whether the datagrams of one visitor to several targets may share one channel, so that they come from one socket
     * at the far end. Each written {@code Datagram} then names its own target. Asked for each target, on the visitor's
     * event loop.
     *
     * @param request a request for datagrams
     * @return true if a channel that was opened for one target carries datagrams to all that the rules send here;
     *     default false: each target gets a channel of its own
     */
    default boolean sharesDatagrams(Request request) {
        return false;
    }

    /**
     * What is missing before it can be used. Asked before a node starts, so that a mistake shows at the desk.
     *
     * @return what is wrong and what to call; empty if nothing is
     */
    default Optional<String> fault() {
        return Optional.empty();
    }

    /**
     * What a tunnel through this outbound speaks. With {@link MuxDialect#VLESS_REVERSE} a bridge registers by
     * {@link Command#REVERSE}, and needs no rendezvous domain.
     *
     * @return the dialect; by default that of V2Ray
     */
    default MuxDialect dialect() {
        return MuxDialect.COOL;
    }

    /**
     * What the other end must know to be reached by this. Asked by a {@link PeerFormat}.
     *
     * @return the agreement, with its secrets; empty if no other program can be told
     */
    default Optional<Agreement> agreement() {
        return Optional.empty();
    }

    /**
     * Dials what was asked for. Private, loopback, link-local and multicast addresses are refused unless
     * {@link DirectOutbound#allowPrivate()} is called.
     *
     * @return the outbound
     */
    static DirectOutbound direct() {
        return DirectOutbound.DIRECT;
    }

    /**
     * Dials one address, whatever was asked for. Datagrams go there as well, and their answers seem to come from the
     * target that was asked for.
     *
     * @param host a name or an IP address; private ones too, for it was declared
     * @param port 1 to 65535
     * @return the outbound
     */
    static RedirectOutbound to(String host, int port) {
        return new RedirectOutbound(host, port);
    }

    /**
     * Ends every session at once, visibly.
     *
     * @return the outbound
     */
    static Outbound refuse() {
        return RefuseOutbound.REFUSE;
    }

    /**
     * Answers in this JVM, without a TCP hop: the session itself is the channel that the application's pipeline sits
     * on. {@link Request#of} tells its handlers whom they serve. Who sends datagrams gets one channel for all his
     * targets, which gives and takes {@link dev.reversetunnel.net.Datagram}s: read, they name the target; written, whom
     * they seem to come from.
     *
     * @param initializer called for each session, which starts to read afterwards
     * @return the outbound
     */
    static Outbound handler(ChannelHandler initializer) {
        return new HandlerOutbound(initializer);
    }

    /**
     * Serves HTTP/1.1 in this JVM, without a TCP hop and without a port.
     *
     * @param handler the application, as for the JDK's own web server
     * @return the outbound; {@link HttpOutbound#executor} sets on which threads the handler runs
     */
    static HttpOutbound http(HttpHandler handler) {
        return new HttpOutbound(handler);
    }
}
