package dev.reversetunnel.http;

import dev.reversetunnel.Grant;
import dev.reversetunnel.Request;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.door.DoorDialogue;
import dev.reversetunnel.door.DoorReply;
import dev.reversetunnel.door.NamedUsers;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a server and one of its clients say to each other: one request, and its answer. */
final class HttpDialogue extends DoorDialogue {
    /** Of our choice: a host of 255 characters, and room for a browser that sends the URL of something else. */
    private static final int MAX_LINE = 1_024;

    /** Of our choice; together they are less than 4 KiB, which is what a stranger may cost. */
    private static final int MAX_HEADERS = 3_000;

    private final Door door;
    private final NamedUsers users;
    private final Function<String, Grant> grants;
    private @Nullable Request request;

    private HttpDialogue(Door door, NamedUsers users, Function<String, Grant> grants) {
        super(door);
        this.door = door;
        this.users = users;
        this.grants = grants;
    }

    /**
     * Begins on a new connection.
     *
     * @param pipeline that of the connection
     * @param door that of its listener
     * @param users nobody, if everybody is let in
     * @param grants what each of them may do, and nobody in particular
     */
    static void begin(ChannelPipeline pipeline, Door door, NamedUsers users, Function<String, Grant> grants) {
        pipeline.addLast(
                new HttpResponseEncoder(),
                new HttpRequestDecoder(MAX_LINE, MAX_HEADERS, MAX_LINE),
                new HttpDialogue(door, users, grants));
    }

    @Override
    protected void received(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpRequest head) {
            hear(ctx, head);
        } else if (message instanceof LastHttpContent && request != null) {
            enter(ctx, request);
        }
    }

    private void hear(ChannelHandlerContext ctx, HttpRequest head) {
        Throwable wrong = head.decoderResult().cause();
        if (wrong instanceof TooLongFrameException) {
            refuse(ctx, HttpAnswers.tooLarge(), Reason.HEADER, "head: longer than " + MAX_LINE + " and " + MAX_HEADERS);
        } else if (wrong != null) {
            // Netty's text may hold what came, which may hold a password.
            throw new CarrierException(Reason.HEADER, "it does not talk HTTP (expected: CONNECT host:port HTTP/1.1)");
        } else if (!head.method().equals(HttpMethod.CONNECT)) {
            refuse(ctx, HttpAnswers.connectOnly(), Reason.COMMAND, "method: not CONNECT (expected: CONNECT)");
        } else {
            connect(ctx, head);
        }
    }

    private void connect(ChannelHandlerContext ctx, HttpRequest head) {
        String user = "";
        if (!users.isEmpty()) {
            String credentials = head.headers().get(HttpHeaderNames.PROXY_AUTHORIZATION);
            user = credentials == null ? null : BasicCredentials.find(credentials, users);
            if (user == null || door.context().isRevoked(user)) {
                refuse(
                        ctx,
                        HttpAnswers.whoIsIt(),
                        // Most clients send them when they are asked, and not before.
                        credentials == null ? Reason.INCOMPLETE : Reason.UNKNOWN_USER,
                        credentials == null
                                ? "credentials: none, and asked for"
                                : "no user has this name and password");
                return;
            }
        }
        Destination wanted = HttpAuthority.parse(head.uri());
        if (wanted == null || hasBody(head)) {
            refuse(ctx, HttpAnswers.badRequest(), Reason.ADDRESS, "CONNECT with a body, or to what is no host:port");
            return;
        }
        Channel channel = ctx.channel();
        request = new Request(
                wanted, door.context().tag(), user, grants.apply(user), Door.source(channel), Door.local(channel));
    }

    /** Its end would have to be found before the tunnel's bytes begin, and it means nothing. */
    private static boolean hasBody(HttpRequest head) {
        String length = head.headers().get(HttpHeaderNames.CONTENT_LENGTH);
        return (length != null && !length.equals("0")) || head.headers().contains(HttpHeaderNames.TRANSFER_ENCODING);
    }

    private void enter(ChannelHandlerContext ctx, Request wanted) {
        DoorReply.add(ctx.pipeline(), ctx.name(), HttpAnswers.CONNECTED, HttpAnswers::failure);
        ctx.pipeline().remove(HttpResponseEncoder.class);
        letIn(() -> door.context().handle(wanted, ctx.channel()));
        // Last, for now it hands on what came behind the head.
        ctx.pipeline().remove(HttpRequestDecoder.class);
    }
}
