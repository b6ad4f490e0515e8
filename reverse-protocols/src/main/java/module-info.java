/** The protocols that carry tunnels and let users in, what they travel by, and documents for other programs. */
module dev.reversetunnel.protocols {
    requires transitive dev.reversetunnel.core;
    requires com.fasterxml.jackson.core;
    requires static com.google.protobuf;
    requires com.maxmind.db;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.codec.socks;
    requires transitive io.netty.handler;
    requires org.bouncycastle.provider;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.reversetunnel.carrier;
    exports dev.reversetunnel.config;
    exports dev.reversetunnel.geo;
    exports dev.reversetunnel.http;
    exports dev.reversetunnel.peerconfig;
    exports dev.reversetunnel.shadowsocks;
    exports dev.reversetunnel.sharelink;
    exports dev.reversetunnel.socks;
    exports dev.reversetunnel.tls;
    exports dev.reversetunnel.vless;
    exports dev.reversetunnel.vmess;
    exports dev.reversetunnel.websocket;
}
