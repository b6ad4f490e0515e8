/** Reverse tunnels: portal, bridge, routing, relays. */
module dev.reversetunnel.core {
    requires transitive dev.reversetunnel.mux;
    requires io.netty.codec;
    requires io.netty.codec.haproxy;
    requires io.netty.codec.http;
    requires io.netty.handler;
    requires transitive io.netty.resolver;
    requires io.netty.transport.classes.epoll;
    requires io.netty.transport.unix.common;
    requires static transitive jdk.httpserver;
    requires org.slf4j;
    requires static org.jspecify;
    requires static org.junit.jupiter.api;

    exports dev.reversetunnel;
    exports dev.reversetunnel.lab;
}
