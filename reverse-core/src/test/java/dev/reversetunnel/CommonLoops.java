package dev.reversetunnel;

import io.netty.channel.EventLoopGroup;

/** The event loops of all nodes of this JVM that have none of their own, for tests of other modules to look at. */
public final class CommonLoops {
    private CommonLoops() {}

    /** Shared for as long as this JVM lives. */
    public static EventLoopGroup forEver() {
        return Loops.share().group();
    }
}
