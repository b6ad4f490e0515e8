package dev.reversetunnel;

import dev.reversetunnel.mux.MuxConnection;
import dev.reversetunnel.mux.MuxException;
import dev.reversetunnel.mux.MuxListener;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.mux.MuxRole;
import dev.reversetunnel.mux.MuxSession;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A user's connection inside which he opens sessions, as V2Ray, Xray and sing-box do when mux or XUDP is switched on in
 * their outbounds. Each session is a request of that user's, and is judged like any other; one for a portal's domain
 * may well be a tunnel.
 */
final class ForwardMux implements MuxListener {
    private static final Logger log = LoggerFactory.getLogger(ForwardMux.class);

    /** As Xray's server: a connection that has had no session at two looks in a row is closed. */
    private static final long IDLE_SECONDS = 60;

    private final Request request;
    private final RequestHandler dispatcher;
    private final DatagramCounts counts;
    private final LimitCounts limits;
    private final LogLimiter errorLines = new LogLimiter();
    private @Nullable Future<?> looks;
    private int openedBefore = -1;

    private ForwardMux(Request request, RequestHandler dispatcher, DatagramCounts counts, LimitCounts limits) {
        this.request = request;
        this.dispatcher = dispatcher;
        this.counts = counts;
        this.limits = limits;
    }

    /**
     * Takes a connection over, on its event loop.
     *
     * @param request who asked, by which inbound
     * @param channel gives and takes plain bytes, not reading yet
     * @param options limits
     * @param dispatcher gets the sessions
     * @param counts of the node
     * @param limits of the node
     */
    static void accept(
            Request request,
            Channel channel,
            MuxOptions options,
            RequestHandler dispatcher,
            DatagramCounts counts,
            LimitCounts limits) {
        if (!channel.isActive()) {
            ChannelEnds.reset(channel);
            return;
        }
        ForwardMux forward = new ForwardMux(request, dispatcher, counts, limits);
        forward.start(MuxConnection.install(channel, MuxRole.SERVER, options, forward));
    }

    private void start(MuxConnection connection) {
        looks = connection
                .carrier()
                .eventLoop()
                .scheduleAtFixedRate(() -> look(connection), IDLE_SECONDS, IDLE_SECONDS, TimeUnit.SECONDS);
        connection.carrier().config().setAutoRead(true);
    }

    private void look(MuxConnection connection) {
        if (connection.openSessions() == 0 && connection.openedSessions() == openedBefore) {
            connection.carrier().close();
        }
        openedBefore = connection.openSessions() == 0 ? connection.openedSessions() : -1;
    }

    @Override
    public boolean acceptSession(MuxSession session) {
        return true;
    }

    @Override
    public void sessionOpened(MuxSession session) {
        dispatcher.handle(request.command(Command.CONNECT).to(session.destination()), session);
    }

    @Override
    public void openingsDelayed(MuxConnection connection) {
        limits.reached(Limit.NEW_PER_SECOND, "mux of " + request + ": opens sessions too fast; delayed");
    }

    @Override
    public void associationEvicted(MuxSession session) {
        limits.evicted("mux of " + request);
    }

    @Override
    public void datagramDropped(MuxConnection connection) {
        counts.dropped().increment();
    }

    @Override
    public void protocolError(MuxConnection connection, MuxException cause) {
        limits.reached("mux of " + request, cause);
        if (errorLines.allows()) {
            log.info("mux of {}: {}{}", request, cause.getMessage(), errorLines.note());
        }
    }

    @Override
    public void carrierFailed(MuxConnection connection, Throwable cause) {
        log.debug("mux of {}: {}", request, cause.toString());
    }

    @Override
    public void connectionClosed(MuxConnection connection) {
        if (looks != null) {
            looks.cancel(false);
        }
    }
}
