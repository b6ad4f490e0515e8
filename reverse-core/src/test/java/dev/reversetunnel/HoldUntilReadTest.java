package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HoldUntilReadTest {
    private final List<String> heard = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();

    HoldUntilReadTest() {
        channel.config().setAutoRead(false);
        channel.pipeline().addLast(new HoldUntilRead(), new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                heard.add(Hex.of((ByteBuf) message));
                ((ByteBuf) message).release();
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                heard.add("complete");
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                heard.add(event == ChannelInputShutdownEvent.INSTANCE ? "fin" : "event " + event);
            }
        });
    }

    private static ByteBuf bytes(String hex) {
        return io.netty.buffer.PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(Hex.bytes(hex));
    }

    private void arrive() {
        channel.writeInbound(bytes("01"), bytes("02"));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }

    @Test
    void gives_what_came_early_in_its_order_to_the_first_who_reads() {
        arrive();
        then(heard).isEmpty();

        channel.config().setAutoRead(true);

        then(heard).containsExactly("01", "02", "fin", "complete");
        then(channel.pipeline().get(HoldUntilRead.class)).isNull();
    }

    @Test
    void gives_way_when_nothing_came() {
        channel.config().setAutoRead(true);
        channel.writeInbound(bytes("03"));
        then(heard).containsExactly("03", "complete");
    }

    @Test
    void lets_other_events_pass() {
        channel.pipeline().fireUserEventTriggered("hello");
        then(heard).containsExactly("event hello");
    }

    @Test
    void throws_away_what_was_held_for_a_channel_that_is_gone() {
        ByteBuf early = bytes("01");
        channel.writeInbound(early);
        channel.close();
        then(early.refCnt()).isZero();
        then(heard).doesNotContain("01");
    }

    @Test
    void closes_a_channel_that_was_reset_before_anybody_served_it() {
        channel.pipeline().fireExceptionCaught(new IOException("Connection reset"));
        then(channel.isOpen()).isFalse();
        channel.checkException();
    }
}
