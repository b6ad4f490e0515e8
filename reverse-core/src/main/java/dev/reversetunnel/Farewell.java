package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.time.Duration;

/** How an {@link HttpSession} ends, so that the client gets the last answer. Used on the event loop only. */
final class Farewell {
    // for the client to take the answer before the rest of his input is cut
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final Channel channel;
    private final Duration patience;
    private final Deadline deadline;
    private boolean lingering;

    /**
     * Nothing happens yet.
     *
     * @param channel to be closed
     * @param patience how long the client may take to read what was written
     */
    Farewell(Channel channel, Duration patience) {
        this.channel = channel;
        this.patience = patience;
        deadline = new Deadline(channel.eventLoop(), this::late);
    }

    /**
     * Closes behind what was written.
     *
     * @param written the last of it
     * @param moreInput whether the client may still be sending
     */
    void behind(ChannelFuture written, boolean moreInput) {
        deadline.in(patience);
        written.addListener(done -> {
            if (moreInput && done.isSuccess()) {
                linger();
            } else {
                channel.close();
            }
        });
    }

    /** The client has ended his output. */
    void inputEnded() {
        if (lingering) {
            channel.close();
        }
    }

    /** Closes at once, and lets the client know that something was lost. */
    void reset() {
        ChannelEnds.reset(channel);
    }

    /** The channel is closed. */
    void cancel() {
        deadline.cancel();
    }

    /** Closing a socket that has unread input resets it, and the client may lose the answer: so only output ends. */
    private void linger() {
        lingering = true;
        deadline.in(LINGER);
        ChannelEnds.shutdownOutput(channel);
    }

    private void late() {
        if (lingering) {
            channel.close();
        } else {
            reset();
        }
    }
}
