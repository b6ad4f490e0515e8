/** Mux.cool: many connections inside one, as Netty channels. */
module dev.reversetunnel.mux {
    requires transitive io.netty.buffer;
    requires io.netty.codec;
    requires transitive io.netty.common;
    requires transitive io.netty.transport;
    requires static org.jspecify;

    exports dev.reversetunnel.mux;
    exports dev.reversetunnel.net;
}
