package dev.reversetunnel.contract;

class Shadowsocks2022ChaCha20CarrierIT extends CarrierContract {
    Shadowsocks2022ChaCha20CarrierIT() {
        super(Carriers.SHADOWSOCKS_2022_CHACHA20);
    }
}
