package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailureReplyTest {
    private final Request request = new Request(dev.reversetunnel.net.Destination.tcp("web.home", 80), "visitors");
    private final Events events = new Events(List.of());
    private final Refusals refusals = new Refusals(events, new Accounts(events));

    /** Keeps what it is told. */
    private static final class Telling extends ChannelHandlerAdapter implements FailureReply {
        final List<Throwable> told = new ArrayList<>();

        @Override
        public void fail(Throwable cause) {
            told.add(cause);
        }
    }

    @Test
    void a_protocol_that_has_words_for_it_is_told_why() {
        Telling telling = new Telling();
        EmbeddedChannel channel = new EmbeddedChannel(telling);
        TunnelException failure = new TunnelException("no bridge");

        refusals.refused(request, channel, "by a rule");
        refusals.failed(request, channel, failure);
        refusals.failed(request, channel, new RefusedException("private address"));

        then(telling.told).hasSize(3);
        then(telling.told.get(0)).isInstanceOf(RefusedException.class).hasMessage("by a rule");
        then(telling.told.get(1)).isSameAs(failure);
        then(telling.told.get(2)).isInstanceOf(RefusedException.class).hasMessage("private address");
        then(channel.isOpen()).as("to end it is for the protocol").isTrue();
        then(refusals.refusedCount()).isEqualTo(2);
        then(refusals.failedCount()).isEqualTo(1);
        channel.finishAndReleaseAll();
    }

    @Test
    void every_other_channel_is_reset() {
        EmbeddedChannel channel = new EmbeddedChannel();

        refusals.failed(request, channel, new TunnelException("no bridge"));

        then(channel.isOpen()).isFalse();
    }
}
