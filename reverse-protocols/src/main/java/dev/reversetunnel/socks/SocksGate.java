package dev.reversetunnel.socks;

import dev.reversetunnel.TunnelException;
import dev.reversetunnel.layer.LayerDial;
import dev.reversetunnel.layer.LayerGate;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.socksx.v5.Socks5AuthMethod;
import io.netty.handler.codec.socksx.v5.Socks5ClientEncoder;
import io.netty.handler.codec.socksx.v5.Socks5CommandResponse;
import io.netty.handler.codec.socksx.v5.Socks5CommandResponseDecoder;
import io.netty.handler.codec.socksx.v5.Socks5CommandStatus;
import io.netty.handler.codec.socksx.v5.Socks5InitialResponse;
import io.netty.handler.codec.socksx.v5.Socks5InitialResponseDecoder;
import io.netty.handler.codec.socksx.v5.Socks5Message;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthResponse;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthResponseDecoder;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a client and its proxy say to each other. The decoder of what comes next stands right before it. */
final class SocksGate extends LayerGate {
    /** Of our choice; what is left of the dial's time may be less. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final SocksCall call;
    private ByteToMessageDecoder decoder = new Socks5InitialResponseDecoder();
    private @Nullable Destination bound;

    private SocksGate(SocksCall call, ChannelHandler protocol, Supplier<Duration> patience, LayerDial dial) {
        super(protocol, patience, dial);
        this.call = call;
    }

    /** Puts the codec in place; the gate itself is for the caller to add. */
    static SocksGate begin(ChannelPipeline pipeline, SocksCall call, ChannelHandler protocol, LayerDial dial) {
        SocksGate gate = new SocksGate(call, protocol, () -> dial.patience(PATIENCE), dial);
        pipeline.addLast(Socks5ClientEncoder.DEFAULT, gate.decoder);
        return gate;
    }

    /** The address that the proxy has told, when it has. */
    Destination bound() {
        return Objects.requireNonNull(bound, "bound");
    }

    @Override
    protected void begin(ChannelHandlerContext ctx) {
        ctx.writeAndFlush(call.greeting());
    }

    @Override
    protected void received(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof Socks5Message said) || !said.decoderResult().isSuccess()) {
            ReferenceCountUtil.release(message);
            fail(ctx, new IOException("expected: SOCKS5"));
        } else if (said instanceof Socks5InitialResponse method) {
            begin(ctx, method.authMethod());
        } else if (said instanceof Socks5PasswordAuthResponse login) {
            if (login.status().isSuccess()) {
                ask(ctx);
            } else {
                fail(ctx, new TunnelException("it does not know this name and password (check user(...))"));
            }
        } else if (said instanceof Socks5CommandResponse reply) {
            answered(ctx, reply);
        }
    }

    private void begin(ChannelHandlerContext ctx, Socks5AuthMethod method) {
        if (Socks5AuthMethod.NO_AUTH.equals(method)) {
            ask(ctx);
        } else if (Socks5AuthMethod.PASSWORD.equals(method) && call.hasUser()) {
            expect(ctx, new Socks5PasswordAuthResponseDecoder());
            ctx.writeAndFlush(call.login());
        } else {
            fail(
                    ctx,
                    new TunnelException(
                            call.hasUser()
                                    ? "it takes neither name and password nor nobody; which method does it want?"
                                    : "it wants to know who comes (call user(...))"));
        }
    }

    private void ask(ChannelHandlerContext ctx) {
        expect(ctx, new Socks5CommandResponseDecoder());
        ctx.writeAndFlush(call.request());
    }

    /** The next decoder takes over, also what the last one has left. */
    private void expect(ChannelHandlerContext ctx, ByteToMessageDecoder next) {
        ByteToMessageDecoder last = decoder;
        decoder = next;
        ctx.pipeline().addBefore(ctx.name(), null, next);
        ctx.pipeline().remove(last);
    }

    private void answered(ChannelHandlerContext ctx, Socks5CommandResponse reply) {
        if (!reply.status().isSuccess()) {
            fail(ctx, refused(reply.status()));
            return;
        }
        try {
            bound = new Destination(Network.UDP, host(reply), reply.bndPort());
        } catch (IllegalArgumentException e) {
            bound = Destination.udp("0.0.0.0", 0); // of no use to most, so not every proxy takes care
        }
        ctx.pipeline().remove(Socks5ClientEncoder.class);
        ctx.pipeline().remove(decoder);
        succeed(ctx);
    }

    private static String host(Socks5CommandResponse reply) {
        String host = reply.bndAddr();
        return host == null ? "" : host;
    }

    private static TunnelException refused(Socks5CommandStatus status) {
        String what = "it answers " + (status.byteValue() & 0xff);
        if (Socks5CommandStatus.CONNECTION_REFUSED.equals(status)) {
            return new TunnelException(
                    what + ", connection refused; is it running there?",
                    new ConnectException("refused, says the proxy"));
        }
        if (Socks5CommandStatus.HOST_UNREACHABLE.equals(status)
                || Socks5CommandStatus.NETWORK_UNREACHABLE.equals(status)
                || Socks5CommandStatus.TTL_EXPIRED.equals(status)) {
            return new TunnelException(
                    what + ", not to be reached; does the proxy know the name, and a way there?",
                    new NoRouteToHostException("unreachable, says the proxy"));
        }
        if (Socks5CommandStatus.FORBIDDEN.equals(status)) {
            return new TunnelException(what + ", forbidden; its rules must allow it");
        }
        return Socks5CommandStatus.COMMAND_UNSUPPORTED.equals(status)
                ? new TunnelException(what + ", not a command of its; can it be made to take datagrams?")
                : new TunnelException(what + "; its log may say why");
    }
}
