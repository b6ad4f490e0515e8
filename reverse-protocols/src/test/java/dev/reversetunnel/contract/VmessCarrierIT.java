package dev.reversetunnel.contract;

class VmessCarrierIT extends CarrierContract {
    VmessCarrierIT() {
        super(Carriers.VMESS);
    }
}
