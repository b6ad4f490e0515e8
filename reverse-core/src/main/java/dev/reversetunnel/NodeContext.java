package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import java.time.Clock;

/**
 * What one inbound gets of its node.
 *
 * @param connections gets what was accepted, so that the node can close it
 */
record NodeContext(
        String tag,
        Inbound inbound,
        EventLoopGroup loops,
        Clock clock,
        ChannelGroup connections,
        Dispatcher dispatcher,
        Refusals refusals,
        Accounts accounts,
        LimitCounts limits)
        implements InboundContext {
    @Override
    public boolean takesTunnels() {
        return inbound.takesTunnels();
    }

    @Override
    public void accepted(Channel channel) {
        connections.add(channel);
    }

    @Override
    public void limitReached(Limit limit, String detail) {
        limits.reached(limit, "inbound \"" + tag + "\": " + detail);
    }

    @Override
    public boolean isRevoked(String user) {
        return accounts.isRevoked(tag, user);
    }

    @Override
    public void refuse(Request request, Channel channel, String reason) {
        refusals.refused(request, channel, reason);
    }

    @Override
    public void handle(Request request, Channel channel) {
        dispatcher.handle(request, channel, inbound.sniffing());
    }

    @Override
    public void handOver(Request request, Channel channel, Outbound outbound) {
        dispatcher.handOver(request, channel, outbound);
    }
}
