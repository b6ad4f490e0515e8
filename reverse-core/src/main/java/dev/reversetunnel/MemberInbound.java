package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;

/** Where the members of a private network come in: whoever a credential shows him to be, he speaks as that member. */
record MemberInbound(Inbound inbound, Members members) implements Inbound {
    @Override
    public Future<Channel> start(InboundContext context) {
        return inbound.start(new MemberContext(context, members));
    }

    @Override
    public Optional<String> fault() {
        return inbound.fault();
    }

    @Override
    public boolean takesReverse() {
        return inbound.takesReverse();
    }

    @Override
    public boolean takesTunnels() {
        return inbound.takesTunnels();
    }

    @Override
    public Set<String> users() {
        return inbound.users();
    }

    @Override
    public Optional<Agreement> agreement() {
        return inbound.agreement();
    }

    @Override
    public String toString() {
        return inbound.toString();
    }

    /** The node, as such an inbound sees it. */
    private record MemberContext(InboundContext node, Members members) implements InboundContext {
        @Override
        public void handle(Request request, Channel channel) {
            Request asked = members.as(request);
            if (asked == null) {
                node.refuse(request, channel, "who asks is no member of network \"" + members.network() + '"');
            } else {
                node.handle(asked, channel);
            }
        }

        @Override
        public String tag() {
            return node.tag();
        }

        @Override
        public EventLoopGroup loops() {
            return node.loops();
        }

        @Override
        public boolean takesTunnels() {
            return node.takesTunnels();
        }

        @Override
        public void accepted(Channel channel) {
            node.accepted(channel);
        }

        @Override
        public void refuse(Request request, Channel channel, String reason) {
            node.refuse(request, channel, reason);
        }

        @Override
        public void limitReached(Limit limit, String detail) {
            node.limitReached(limit, detail);
        }

        @Override
        public boolean isRevoked(String user) {
            return node.isRevoked(user);
        }

        @Override
        public Clock clock() {
            return node.clock();
        }

        @Override
        public void handOver(Request request, Channel channel, Outbound outbound) {
            node.handOver(request, channel, outbound);
        }
    }
}
