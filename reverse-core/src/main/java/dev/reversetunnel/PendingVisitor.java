package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Promise;
import java.util.Set;

/**
 * A visitor of a portal who wants a session.
 *
 * @param request what he asks for
 * @param roamingName by which a bridge knows his datagrams again; 0 if it does not
 * @param tried the bridges that he was sent to
 * @param session the answer
 * @param loop his own
 */
record PendingVisitor(
        Request request, long roamingName, Set<BridgeIdentity> tried, Promise<Channel> session, EventLoop loop) {}
