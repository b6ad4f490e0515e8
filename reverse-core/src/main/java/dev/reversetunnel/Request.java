package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asked for.
 *
 * @param command what he wants of it
 * @param destination where to
 * @param inbound the tag of the inbound, or of the bridge, that he came in by
 * @param user the name of the user who authenticated; empty if nobody did. Never a key
 * @param grant what he may do
 * @param source his address; null if it is not known, as in a tunnel of V2Ray's making
 * @param local the address of ours that he reached; null if it is not known
 * @param sniffed what his first bytes told; null if they were not looked at, or told nothing
 * @param addresses what the destination's name was resolved to while the rules were asked, for whoever dials it; empty
 *     if it was not
 */
public record Request(
        Command command,
        Destination destination,
        String inbound,
        String user,
        Grant grant,
        @Nullable InetSocketAddress source,
        @Nullable InetSocketAddress local,
        @Nullable Sniffed sniffed,
        List<InetAddress> addresses) {
    private static final AttributeKey<Request> KEY = AttributeKey.valueOf(Request.class, "REQUEST");

    /**
     * Refuses nulls where they mean nothing.
     *
     * @param command what he wants of it
     * @param destination where to
     * @param inbound the tag of the inbound
     * @param user the name of the user, or empty
     * @param grant what he may do
     * @param source his address, if it is known
     * @param local the address that he reached, if it is known
     * @param sniffed what his first bytes told, if anything
     * @param addresses of the destination, if it was resolved
     */
    public Request {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(destination, "destination");
        Objects.requireNonNull(inbound, "inbound");
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(grant, "grant");
        addresses = List.copyOf(addresses);
    }

    /**
     * A request that nothing but its opening is known of.
     *
     * @param command what he wants of it
     * @param destination where to
     * @param inbound the tag of the inbound
     * @param user the name of the user, or empty
     * @param grant what he may do
     * @param source his address, if it is known
     * @param local the address that he reached, if it is known
     */
    public Request(
            Command command,
            Destination destination,
            String inbound,
            String user,
            Grant grant,
            @Nullable InetSocketAddress source,
            @Nullable InetSocketAddress local) {
        this(command, destination, inbound, user, grant, source, local, null, List.of());
    }

    /**
     * A request to reach a destination.
     *
     * @param destination where to
     * @param inbound the tag of the inbound
     * @param user the name of the user, or empty
     * @param grant what he may do
     * @param source his address, if it is known
     * @param local the address that he reached, if it is known
     */
    public Request(
            Destination destination,
            String inbound,
            String user,
            Grant grant,
            @Nullable InetSocketAddress source,
            @Nullable InetSocketAddress local) {
        this(Command.CONNECT, destination, inbound, user, grant, source, local);
    }

    /**
     * A request of which nothing more is known, by somebody who may connect.
     *
     * @param destination where to
     * @param inbound the tag of the inbound
     */
    public Request(Destination destination, String inbound) {
        this(destination, inbound, "", Grant.CONNECT, null, null);
    }

    /**
     * What the visitor of a pipeline of your own asked for, and who he is. For handlers that {@link Outbound#handler}
     * installs, from their first call on.
     *
     * <pre>{@code
     * InetSocketAddress visitor = Request.of(ctx.channel()).source(); // null if it is not known
     * }</pre>
     *
     * @param channel the channel that the handler sits on; any thread may ask
     * @return the request
     * @throws IllegalStateException if the channel was not handed to {@link Outbound#handler}
     */
    public static Request of(Channel channel) {
        Request request = channel.attr(KEY).get();
        if (request == null) {
            throw new IllegalStateException("request: none (expected: a channel that Outbound.handler(...) was given)");
        }
        return request;
    }

    /** Lets {@link #of} find it. */
    void attachTo(Channel channel) {
        channel.attr(KEY).set(this);
    }

    /**
     * The same request for another destination, as after a redirect. What the first one was resolved to is forgotten.
     *
     * @param other where to
     * @return a new request
     */
    public Request to(Destination other) {
        return new Request(command, other, inbound, user, grant, source, local, sniffed, List.of());
    }

    /**
     * The same request with another command, as of a bridge whose outbound registers by command.
     *
     * @param other what is wanted
     * @return a new request
     */
    public Request command(Command other) {
        return new Request(other, destination, inbound, user, grant, source, local, sniffed, addresses);
    }

    /** The same request, of somebody who goes by another address, and may do something else. */
    Request from(InetSocketAddress address, Grant allowed) {
        return new Request(command, destination, inbound, user, allowed, address, local, sniffed, addresses);
    }

    /**
     * The same request, after its first bytes were looked at.
     *
     * @param told what they told
     * @return a new request
     */
    public Request sniffed(Sniffed told) {
        return new Request(command, destination, inbound, user, grant, source, local, told, addresses);
    }

    /**
     * The same request, after its destination's name was resolved.
     *
     * @param resolved the addresses that the rules judged; an outbound dials one of these and resolves nothing itself
     * @return a new request
     */
    public Request addresses(List<InetAddress> resolved) {
        return new Request(command, destination, inbound, user, grant, source, local, sniffed, resolved);
    }

    /** For logs: who, by which inbound, where to. */
    @Override
    public String toString() {
        return (source == null ? "somebody" : source) + (user.isEmpty() ? "" : " (" + user + ")") + " by \"" + inbound
                + "\" to " + destination;
    }
}
