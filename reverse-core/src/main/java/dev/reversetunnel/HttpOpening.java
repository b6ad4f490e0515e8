package dev.reversetunnel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request of HTTP/1, and the host that it names: in its target if that is absolute, else in Host.
 *
 * <p>Netty's own decoder reads it. Before it is asked, the method must look like one, so that other protocols do not
 * wait for an end of line that never comes.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#section-3.2">RFC 9112, section 3.2</a>
 */
final class HttpOpening extends OpeningReader {
    /** Of our choice; WebDAV's longest is VERSION-CONTROL. */
    private static final int MAX_METHOD = 24;

    private static final byte[] END_OF_LINE = {'\r', '\n'};
    private static final String MORE_OF_TOKEN = "!#$%&'*+-.^_`|~";

    private final Head head;
    private final EmbeddedChannel channel;
    private Expected expected = Expected.METHOD;
    private int method;

    /** METHOD ▶ TARGET ▶ HEADERS. */
    private enum Expected {
        METHOD,
        TARGET,
        HEADERS
    }

    HttpOpening(int limit) {
        head = new Head(new HttpDecoderConfig()
                .setMaxInitialLineLength(limit)
                .setMaxHeaderSize(limit)
                .setValidateHeaders(false)); // it is not for us to answer
        channel = new EmbeddedChannel(head);
    }

    static boolean mayBegin(byte first) {
        return isOfToken(first);
    }

    private static boolean isOfToken(byte b) {
        return (b >= 'A' && b <= 'Z')
                || (b >= 'a' && b <= 'z')
                || (b >= '0' && b <= '9')
                || MORE_OF_TOKEN.indexOf(b) >= 0;
    }

    @Override
    @Nullable
    Sniffed read(ByteBuf in) {
        if (!looksRight(in)) {
            return UNKNOWN;
        }
        channel.writeInbound(in.readRetainedSlice(in.readableBytes()));
        Object message = channel.readInbound();
        if (message == null) {
            return null;
        }
        ReferenceCountUtil.release(message);
        return told();
    }

    /** Looks at the first line, as far as it has come. */
    private boolean looksRight(ByteBuf in) {
        for (int i = in.readerIndex(); i < in.writerIndex() && expected != Expected.HEADERS; i++) {
            byte b = in.getByte(i);
            if (expected == Expected.METHOD) {
                if (b == ' ') {
                    expected = Expected.TARGET;
                } else if (!isOfToken(b) || ++method > MAX_METHOD) {
                    return false;
                }
            } else if (b == '\n') {
                expected = Expected.HEADERS;
            } else if (b >= 0 && b < ' ' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    /** A line is only taken when the next one has come, which might continue it: half a line is the end of another. */
    @Override
    Sniffed end() {
        if (head.request != null) {
            channel.writeInbound(Unpooled.wrappedBuffer(END_OF_LINE));
        }
        return told();
    }

    private Sniffed told() {
        HttpRequest request = head.request;
        return request == null ? UNKNOWN : new Sniffed(Sniffed.HTTP, name(request));
    }

    private static String name(HttpRequest request) {
        String target = request.uri();
        if (request.method().equals(HttpMethod.CONNECT)) {
            return HostName.ofAuthority(target);
        }
        int scheme = target.indexOf("://");
        if (scheme > 0 && !target.startsWith("/")) {
            return HostName.ofAuthority(target.substring(scheme + 3).split("[/?#]", 2)[0]);
        }
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        return hosts.size() == 1 ? HostName.ofAuthority(hosts.get(0)) : ""; // several are nobody's
    }

    @Override
    public void close() {
        channel.finishAndReleaseAll();
    }

    /** Knows the request from its first line on, and each header as soon as it is whole. */
    private static final class Head extends HttpRequestDecoder {
        private static final String PREFACE = "PRI"; // of HTTP/2 without TLS (RFC 9113, section 3.4)

        private @Nullable HttpRequest request;

        Head(HttpDecoderConfig limits) {
            super(limits);
        }

        @Override
        protected HttpMessage createMessage(String[] line) throws Exception {
            HttpMessage message = super.createMessage(line);
            HttpVersion version = message.protocolVersion();
            int wanted = line[0].equals(PREFACE) ? 2 : 1;
            if (!version.protocolName().equals("HTTP") || version.majorVersion() != wanted) {
                throw new IllegalArgumentException("version: " + version.text() + " (expected: HTTP/" + wanted + ")");
            }
            if (request == null) { // else it is the next one, in the same read
                request = (HttpRequest) message;
            }
            return message;
        }

        @Override
        protected boolean isContentAlwaysEmpty(HttpMessage message) {
            return true; // nobody reads a body here
        }
    }
}
