package dev.reversetunnel.contract;

class Shadowsocks2017CarrierIT extends CarrierContract {
    Shadowsocks2017CarrierIT() {
        super(Carriers.SHADOWSOCKS_2017);
    }
}
