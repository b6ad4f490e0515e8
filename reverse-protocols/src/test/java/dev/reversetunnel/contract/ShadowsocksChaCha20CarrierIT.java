package dev.reversetunnel.contract;

class ShadowsocksChaCha20CarrierIT extends CarrierContract {
    ShadowsocksChaCha20CarrierIT() {
        super(Carriers.SHADOWSOCKS_CHACHA20);
    }
}
