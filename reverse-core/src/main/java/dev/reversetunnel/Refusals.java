package dev.reversetunnel;

import dev.reversetunnel.mux.EndReason;
import dev.reversetunnel.mux.MuxSession;
import io.netty.channel.Channel;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a request ends that leads nowhere: at once and visibly, by log line, event, counter, and a reply or a reset.
 */
final class Refusals {
    private static final Logger log = LoggerFactory.getLogger(Refusals.class);

    private final Events events;
    private final Accounts accounts;
    private final LogLimiter refusedLines = new LogLimiter();
    private final LogLimiter failedLines = new LogLimiter();
    private final LongAdder refused = new LongAdder();
    private final LongAdder failed = new LongAdder();

    Refusals(Events events, Accounts accounts) {
        this.events = events;
        this.accounts = accounts;
    }

    LimitCounts limits() {
        return events.limits();
    }

    /** It leads somewhere, and not here. */
    void routed(Route route) {
        events.tell(listener -> listener.requestRouted(route.request(), route.tag()));
    }

    /** A rule, a grant or a limit forbids it. */
    void refused(Request request, Channel channel, String reason) {
        refused(request, reason);
        end(channel, new RefusedException(reason));
    }

    private void refused(Request request, String reason) {
        refused.increment();
        Account account = accounts.of(request);
        if (account != null) {
            account.refused();
        }
        if (refusedLines.allows()) {
            log.warn("refused {}: {}{}", request, reason, refusedLines.note());
        }
        events.tell(listener -> listener.requestRefused(request, reason));
    }

    /** It was allowed and did not work. */
    void failed(Request request, Channel channel, Throwable cause) {
        told(request, cause);
        end(channel, cause);
    }

    /** Either of both, where nothing is to be ended: for one target of many. */
    void told(Request request, Throwable cause) {
        if (cause instanceof RefusedException) {
            refused(request, String.valueOf(cause.getMessage()));
            return;
        }
        failed.increment();
        if (failedLines.allows()) {
            log.info("failed {}: {}{}", request, cause.getMessage(), failedLines.note());
        }
        events.tell(listener -> listener.requestFailed(request, cause));
    }

    /** Visibly to who asked: by his protocol's own words if it has any, else by a reset. */
    private static void end(Channel channel, Throwable cause) {
        FailureReply reply = channel.pipeline().get(FailureReply.class);
        if (channel instanceof MuxSession session) {
            end(session, cause);
        } else if (reply == null) {
            ChannelEnds.reset(channel);
        } else if (channel.eventLoop().inEventLoop()) {
            reply.fail(cause);
        } else {
            channel.eventLoop().execute(() -> reply.fail(cause));
        }
    }

    /** Tells a portal of ours the kind of it, and not what this network looks like. */
    private static void end(MuxSession session, Throwable cause) {
        if (!session.eventLoop().inEventLoop()) {
            session.eventLoop().execute(() -> end(session, cause));
            return;
        }
        if (cause instanceof RefusedException) {
            session.explain(EndReason.REFUSED, "it may not be reached from here");
        } else {
            session.explain(EndReason.DIAL_FAILED, "it could not be reached");
        }
        ChannelEnds.reset(session);
    }

    long refusedCount() {
        return refused.sum();
    }

    long failedCount() {
        return failed.sum();
    }
}
