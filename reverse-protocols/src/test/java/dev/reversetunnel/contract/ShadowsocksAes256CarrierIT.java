package dev.reversetunnel.contract;

class ShadowsocksAes256CarrierIT extends CarrierContract {
    ShadowsocksAes256CarrierIT() {
        super(Carriers.SHADOWSOCKS_AES_256);
    }
}
