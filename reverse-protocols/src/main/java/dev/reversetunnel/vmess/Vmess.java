package dev.reversetunnel.vmess;

/** VMess. */
public final class Vmess {
    private Vmess() {}
}
