/** The protocols that carry a tunnel. */
module dev.reversetunnel.protocols {
    requires transitive dev.reversetunnel.core;
    requires io.netty.codec;
    requires io.netty.handler;
    requires org.bouncycastle.provider;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.reversetunnel.carrier;
    exports dev.reversetunnel.shadowsocks;
    exports dev.reversetunnel.vless;
    exports dev.reversetunnel.vmess;
}
