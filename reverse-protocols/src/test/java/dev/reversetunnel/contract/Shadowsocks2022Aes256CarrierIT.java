package dev.reversetunnel.contract;

class Shadowsocks2022Aes256CarrierIT extends CarrierContract {
    Shadowsocks2022Aes256CarrierIT() {
        super(Carriers.SHADOWSOCKS_2022_AES_256);
    }
}
