package dev.reversetunnel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The ClientHello of TLS, in any number of records, and the name in its SNI.
 *
 * <p>Netty's own handler reads it, in a channel of its own: it closes its channel when the hello is none.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6066#section-3">RFC 6066, section 3</a>
 */
final class TlsOpening extends OpeningReader {
    private final Hello hello;
    private final EmbeddedChannel channel;

    TlsOpening(int limit) {
        hello = new Hello(limit);
        channel = new EmbeddedChannel(hello);
    }

    @Override
    @Nullable
    Sniffed read(ByteBuf in) {
        try {
            channel.writeInbound(in.readRetainedSlice(in.readableBytes()));
        } catch (DecoderException e) {
            return UNKNOWN; // too long, or not TLS
        }
        return hello.told;
    }

    @Override
    Sniffed end() {
        return UNKNOWN; // half a hello
    }

    @Override
    public void close() {
        try {
            channel.finishAndReleaseAll();
        } catch (DecoderException e) {
            // of the half hello that it held
        }
    }

    private static final class Hello extends AbstractSniHandler<Void> {
        private @Nullable Sniffed told;
        private boolean whole;

        Hello(int limit) {
            super(limit, 0); // time is kept elsewhere
        }

        @Override
        protected Future<Void> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf clientHello) throws Exception {
            whole = clientHello != null;
            return super.lookup(ctx, clientHello);
        }

        @Override
        protected Future<Void> lookup(ChannelHandlerContext ctx, @Nullable String name) {
            told = whole ? new Sniffed(Sniffed.TLS, name == null ? "" : HostName.of(name)) : UNKNOWN;
            return ctx.executor().newSucceededFuture(null);
        }

        @Override
        protected void onLookupComplete(ChannelHandlerContext ctx, @Nullable String name, Future<Void> found) {
            // told already
        }
    }
}
