package dev.reversetunnel.layer;

import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Limit;
import dev.reversetunnel.Strangers;
import io.netty.channel.Channel;
import java.net.SocketTimeoutException;
import org.slf4j.Logger;

/** All handshakes of one listener: so many at a time, and for one more the oldest is closed. Thread-safe. */
public final class LayerDoor implements Outcome {
    /** As for the protocols above, whose strangers are counted apart. */
    public static final int MAX_IN_ALL = 1_024;

    /** Likewise. */
    public static final int MAX_PER_SOURCE = 64;

    private final InboundContext node;
    private final Strangers strangers;
    private final Logger log;

    /**
     * For one listener.
     *
     * @param node that of the inbound
     * @param strangers how many handshakes there may be
     * @param log that of the layer
     */
    public LayerDoor(InboundContext node, Strangers strangers, Logger log) {
        this.node = node;
        this.strangers = strangers;
        this.log = log;
    }

    @Override
    public void began(Channel channel) {
        Channel oldest = strangers.enter(channel);
        if (oldest != null) {
            node.limitReached(Limit.UNAUTHENTICATED, "too many handshakes at once; the oldest had to go");
            oldest.eventLoop().execute(() -> {
                log.debug("inbound \"{}\": {} had to go, too many handshakes", node.tag(), oldest.remoteAddress());
                oldest.close();
            });
        }
    }

    @Override
    public void succeeded(Channel channel) {
        // the protocol's door counts it from now on
    }

    @Override
    public void failed(Channel channel, Throwable cause) {
        if (cause instanceof SocketTimeoutException) {
            node.limitReached(Limit.HANDSHAKE_TIME, channel.remoteAddress() + ": " + cause.getMessage());
        }
        log.debug("inbound \"{}\": no handshake with {}: {}", node.tag(), channel.remoteAddress(), cause.toString());
    }

    @Override
    public void over(Channel channel) {
        strangers.leave(channel);
    }
}
