package dev.reversetunnel;

import dev.reversetunnel.net.Datagram;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.CorruptedFrameException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bridge's side of a control session: listens, and never says a word, for no portal reads it (16 KiB stop a
 * tunnel).
 */
final class BridgeControl extends SimpleChannelInboundHandler<Object> {
    private static final Logger log = LoggerFactory.getLogger(BridgeControl.class);

    private final Runnable drain;

    BridgeControl(Runnable drain) {
        this.drain = drain;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Object message) {
        // A control session is UDP; peers take one over TCP as well, and so do we.
        ByteBuf bytes = message instanceof Datagram datagram ? datagram.content() : (ByteBuf) message;
        try {
            if (ControlMessage.decode(bytes) == ControlMessage.DRAIN) {
                drain.run();
            }
        } catch (CorruptedFrameException e) {
            log.debug("control message ignored: {}", e.getMessage());
        }
    }
}
