package dev.reversetunnel.contract;

class VlessCarrierIT extends CarrierContract {
    VlessCarrierIT() {
        super(Carriers.VLESS);
    }
}
