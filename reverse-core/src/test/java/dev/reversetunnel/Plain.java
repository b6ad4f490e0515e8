package dev.reversetunnel;

import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortFirstAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A carrier for tests, without keys and ciphers: a command as in VLESS (1, 3 or 4), the user's name behind its length,
 * an address if the command is 1, then bytes.
 */
final class Plain {
    static final String TESTER = "tester";

    /** Of somebody who is not there. */
    private static final Grant NOTHING = Grant.CONNECT.maxSessions(1).maxTunnels(1);

    private Plain() {}

    /** Takes everybody at his word, and gives all users the same grant. */
    static Inbound server(Transport transport, int port, Grant grant) {
        return server(transport, port, grant, Sniffing.NONE);
    }

    /** The same, which looks at its users. */
    static Inbound server(Transport transport, int port, Grant grant, Sniffing sniffing) {
        return new Server(transport, port, Map.of(), grant, false, sniffing);
    }

    /** Knows its users by name, each with his own grant, and closes on everybody else. */
    static Inbound server(Map<String, Grant> users) {
        return new Server(Transport.tcp(), 0, users, null, true, Sniffing.NONE);
    }

    /** At which a portal needs no domain. */
    static Inbound reverseServer(Transport transport, int port, Grant grant) {
        return new Server(transport, port, Map.of(), grant, true, Sniffing.NONE);
    }

    static Outbound client(Transport transport, int port) {
        return new Client(transport, port, TESTER, MuxDialect.COOL);
    }

    static Outbound client(int port, String user) {
        return new Client(Transport.tcp(), port, user, MuxDialect.COOL);
    }

    /** By which a bridge registers by command. */
    static Outbound reverseClient(Transport transport, int port, String user) {
        return new Client(transport, port, user, MuxDialect.VLESS_REVERSE);
    }

    static void writeHeader(ByteBuf out, Command command, String user, Destination destination) {
        out.writeByte(command == Command.CONNECT ? 1 : command == Command.MUX ? 3 : 4);
        out.writeByte(user.length());
        out.writeCharSequence(user, StandardCharsets.US_ASCII);
        if (command == Command.CONNECT) {
            PortFirstAddress.write(out, destination);
        }
    }

    /** What somebody asks for, by which inbound still unsaid. */
    static Request readHeader(ByteBuf in, Function<String, Grant> grants, Channel channel) {
        int code = in.readByte();
        Command command = code == 1 ? Command.CONNECT : code == 3 ? Command.MUX : Command.REVERSE;
        String user =
                in.readCharSequence(in.readByte(), StandardCharsets.US_ASCII).toString();
        Destination wanted = switch (command) {
            case CONNECT -> PortFirstAddress.read(in, Network.TCP);
            case MUX -> Destination.tcp(ControlName.MUX, 0);
            case REVERSE -> Destination.tcp(ControlName.REVERSE, 0);
        };
        return new Request(
                command,
                wanted,
                "",
                user,
                grants.apply(user),
                ChannelAddresses.source(channel),
                ChannelAddresses.local(channel));
    }

    private record Server(
            Transport transport,
            int port,
            Map<String, Grant> known,
            @Nullable Grant anybody,
            boolean takesReverse,
            Sniffing sniffing)
            implements Inbound {
        @Override
        public Set<String> users() {
            return anybody == null ? known.keySet() : Set.of(TESTER);
        }

        Grant grant(String user) {
            return anybody == null ? known.getOrDefault(user, NOTHING) : anybody;
        }

        @Override
        public Future<Channel> start(InboundContext context) {
            return transport.listen(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                    new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            channel.pipeline().addLast(new HeaderReader(context, Server.this));
                            channel.read();
                        }
                    },
                    context);
        }
    }

    private record Client(Transport transport, int port, String user, MuxDialect dialect) implements Outbound {
        @Override
        public Future<Channel> connect(Request request, Dialer dialer) {
            var connected = dialer.loop().<Channel>newPromise();
            transport
                    .dial(Destination.tcp("127.0.0.1", port), RedirectOutbound.Nothing.HERE, dialer)
                    .addListener((Future<Channel> dialled) -> {
                        if (!dialled.isSuccess()) {
                            connected.setFailure(dialled.cause());
                            return;
                        }
                        Channel channel = dialled.getNow();
                        ByteBuf header = channel.alloc().buffer();
                        writeHeader(header, request.command(), user, request.destination());
                        channel.writeAndFlush(header);
                        connected.setSuccess(channel);
                    });
            return connected;
        }
    }

    /** How long the header is that begins here, or 0 if too little has come to say so. */
    private static int headerLength(ByteBuf in) {
        if (in.readableBytes() < 2) {
            return 0;
        }
        int address = 2 + in.getByte(in.readerIndex() + 1);
        if (in.getByte(in.readerIndex()) != 1) {
            return address;
        }
        if (in.readableBytes() < address + 4) {
            return 0;
        }
        int host = in.readerIndex() + address + 3;
        return address
                + 3
                + switch (in.getByte(host - 1)) {
                    case 1 -> 4;
                    case 2 -> 1 + in.getUnsignedByte(host);
                    default -> 16;
                };
    }

    /** Takes the header in as many pieces as the network makes of it. */
    private static final class HeaderReader extends ChannelInboundHandlerAdapter {
        private final InboundContext context;
        private final Server server;
        private ByteBuf read = Unpooled.EMPTY_BUFFER;

        HeaderReader(InboundContext context, Server server) {
            this.context = context;
            this.server = server;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            read = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), read, (ByteBuf) message);
            int length = headerLength(read);
            if (length == 0 || read.readableBytes() < length) {
                ctx.read();
                return;
            }
            ByteBuf bytes = read;
            read = Unpooled.EMPTY_BUFFER;
            Channel channel = ctx.channel();
            Request asked = readHeader(bytes, server::grant, channel);
            if (server.anybody() == null && (asked.grant().equals(NOTHING) || context.isRevoked(asked.user()))) {
                bytes.release();
                ChannelEnds.reset(channel);
                return;
            }
            channel.pipeline().addLast(new HoldUntilRead());
            if (bytes.isReadable()) {
                ctx.fireChannelRead(bytes);
            } else {
                bytes.release();
            }
            channel.pipeline().remove(this);
            context.handle(
                    new Request(
                            asked.command(),
                            asked.destination(),
                            context.tag(),
                            asked.user(),
                            asked.grant(),
                            asked.source(),
                            asked.local()),
                    channel);
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            read.release();
        }
    }
}
