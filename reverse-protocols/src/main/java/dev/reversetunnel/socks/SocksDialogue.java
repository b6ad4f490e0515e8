package dev.reversetunnel.socks;

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
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.socksx.v5.DefaultSocks5CommandResponse;
import io.netty.handler.codec.socksx.v5.DefaultSocks5InitialResponse;
import io.netty.handler.codec.socksx.v5.DefaultSocks5PasswordAuthResponse;
import io.netty.handler.codec.socksx.v5.Socks5AddressType;
import io.netty.handler.codec.socksx.v5.Socks5AuthMethod;
import io.netty.handler.codec.socksx.v5.Socks5CommandRequest;
import io.netty.handler.codec.socksx.v5.Socks5CommandRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5CommandStatus;
import io.netty.handler.codec.socksx.v5.Socks5CommandType;
import io.netty.handler.codec.socksx.v5.Socks5InitialRequest;
import io.netty.handler.codec.socksx.v5.Socks5InitialRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5Message;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthRequest;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthStatus;
import io.netty.handler.codec.socksx.v5.Socks5ServerEncoder;
import java.net.InetSocketAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a server and one of its clients say to each other. The decoder of what comes next stands right before it. */
final class SocksDialogue extends DoorDialogue {
    private final Door door;
    private final NamedUsers users;
    private final Function<String, Grant> grants;
    private final @Nullable Permits associations;
    private ByteToMessageDecoder decoder = new Socks5InitialRequestDecoder();
    private String user = "";

    private SocksDialogue(Door door, NamedUsers users, Function<String, Grant> grants, @Nullable Permits associations) {
        super(door);
        this.door = door;
        this.users = users;
        this.grants = grants;
        this.associations = associations;
    }

    /**
     * Begins on a new connection.
     *
     * @param pipeline that of the connection
     * @param door that of its listener
     * @param users nobody, if everybody is let in
     * @param grants what each of them may do, and nobody in particular
     * @param associations how many more there may be; null if there are none to be had
     */
    static void begin(
            ChannelPipeline pipeline,
            Door door,
            NamedUsers users,
            Function<String, Grant> grants,
            @Nullable Permits associations) {
        SocksDialogue dialogue = new SocksDialogue(door, users, grants, associations);
        pipeline.addLast(Socks5ServerEncoder.DEFAULT, dialogue.decoder, dialogue);
    }

    @Override
    protected void received(ChannelHandlerContext ctx, Object message) {
        if (message instanceof Socks5Message said) {
            check(said.decoderResult());
        }
        if (message instanceof Socks5InitialRequest greeting) {
            chooseMethod(ctx, greeting);
        } else if (message instanceof Socks5PasswordAuthRequest who) {
            lookUp(ctx, who);
        } else if (message instanceof Socks5CommandRequest request) {
            obey(ctx, request);
        }
    }

    private static void check(DecoderResult result) {
        if (!result.isSuccess()) {
            // Netty's text may hold what came, which may hold a password.
            throw new CarrierException(Reason.HEADER, "it does not talk SOCKS5 (expected: RFC 1928)");
        }
    }

    private void chooseMethod(ChannelHandlerContext ctx, Socks5InitialRequest greeting) {
        Socks5AuthMethod method = users.isEmpty() ? Socks5AuthMethod.NO_AUTH : Socks5AuthMethod.PASSWORD;
        if (!greeting.authMethods().contains(method)) {
            refuse(
                    ctx,
                    new DefaultSocks5InitialResponse(Socks5AuthMethod.UNACCEPTED),
                    Reason.SECURITY,
                    "methods: " + numbers(greeting)
                            + (users.isEmpty()
                                    ? " (expected: 0 among them, no password; there are no users)"
                                    : " (expected: 2 among them, name and password)"));
            return;
        }
        expect(ctx, users.isEmpty() ? new Socks5CommandRequestDecoder() : new Socks5PasswordAuthRequestDecoder());
        answer(ctx, new DefaultSocks5InitialResponse(method));
    }

    private static String numbers(Socks5InitialRequest greeting) {
        return greeting.authMethods().stream()
                .map(method -> method.byteValue() & 0xff)
                .toList()
                .toString();
    }

    private void lookUp(ChannelHandlerContext ctx, Socks5PasswordAuthRequest who) {
        String name = users.find(who.username(), who.password());
        if (name == null || door.context().isRevoked(name)) {
            refuse(
                    ctx,
                    new DefaultSocks5PasswordAuthResponse(Socks5PasswordAuthStatus.FAILURE),
                    Reason.UNKNOWN_USER,
                    "no user has this name and password");
            return;
        }
        user = name;
        expect(ctx, new Socks5CommandRequestDecoder());
        answer(ctx, new DefaultSocks5PasswordAuthResponse(Socks5PasswordAuthStatus.SUCCESS));
    }

    /** The next decoder takes over, also what the last one has left. */
    private void expect(ChannelHandlerContext ctx, ByteToMessageDecoder next) {
        ByteToMessageDecoder last = decoder;
        decoder = next;
        ctx.pipeline().addBefore(ctx.name(), null, next);
        ctx.pipeline().remove(last);
    }

    private void obey(ChannelHandlerContext ctx, Socks5CommandRequest request) {
        if (Socks5CommandType.CONNECT.equals(request.type())) {
            connect(ctx, request);
        } else if (Socks5CommandType.UDP_ASSOCIATE.equals(request.type()) && associations != null) {
            associate(ctx, associations);
        } else {
            refuse(
                    ctx,
                    reply(Socks5CommandStatus.COMMAND_UNSUPPORTED),
                    Reason.COMMAND,
                    "command: " + (request.type().byteValue() & 0xff)
                            + (associations == null
                                    ? " (expected: 1 CONNECT)"
                                    : " (expected: 1 CONNECT or 3 UDP ASSOCIATE)"));
        }
    }

    private static Object reply(Socks5CommandStatus status) {
        return new DefaultSocks5CommandResponse(status, Socks5AddressType.IPv4);
    }

    private void connect(ChannelHandlerContext ctx, Socks5CommandRequest request) {
        Destination wanted;
        try {
            wanted = Destination.tcp(request.dstAddr(), request.dstPort());
        } catch (IllegalArgumentException e) {
            refuse(ctx, reply(Socks5CommandStatus.FAILURE), Reason.ADDRESS, String.valueOf(e.getMessage()));
            return;
        }
        Channel channel = ctx.channel();
        DoorReply.add(ctx.pipeline(), ctx.name(), SocksReplies.SUCCESS, SocksReplies::failure);
        endCodec(ctx);
        letIn(() -> door.context().handle(request(channel, wanted), channel));
    }

    private void associate(ChannelHandlerContext ctx, Permits permits) {
        if (!permits.take()) {
            refuse(
                    ctx,
                    reply(Socks5CommandStatus.FAILURE),
                    Reason.COMMAND,
                    "associations: " + permits.most() + " (expected: less); who opens so many?");
            return;
        }
        Channel channel = ctx.channel();
        channel.closeFuture().addListener(closed -> permits.giveBack());
        Request request = request(channel, Destination.udp("0.0.0.0", 0));
        ctx.pipeline().addAfter(ctx.name(), null, new UdpAssociation(request, door.context()));
        endCodec(ctx);
        letIn(() -> channel.config().setAutoRead(true));
    }

    private void endCodec(ChannelHandlerContext ctx) {
        ctx.pipeline().remove(Socks5ServerEncoder.class);
        ctx.pipeline().remove(decoder);
    }

    private Request request(Channel channel, Destination wanted) {
        InetSocketAddress source = Door.source(channel);
        InetSocketAddress local = Door.local(channel);
        return new Request(wanted, door.context().tag(), user, grants.apply(user), source, local);
    }
}
