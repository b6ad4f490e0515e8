package dev.reversetunnel.contract;

class ShadowsocksAes128CarrierIT extends CarrierContract {
    ShadowsocksAes128CarrierIT() {
        super(Carriers.SHADOWSOCKS_AES_128);
    }
}
