package dev.reversetunnel.contract;

class Shadowsocks2022CarrierIT extends CarrierContract {
    Shadowsocks2022CarrierIT() {
        super(Carriers.SHADOWSOCKS_2022);
    }
}
