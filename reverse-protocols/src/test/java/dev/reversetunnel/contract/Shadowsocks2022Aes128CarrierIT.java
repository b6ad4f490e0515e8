package dev.reversetunnel.contract;

class Shadowsocks2022Aes128CarrierIT extends CarrierContract {
    Shadowsocks2022Aes128CarrierIT() {
        super(Carriers.SHADOWSOCKS_2022_AES_128);
    }
}
