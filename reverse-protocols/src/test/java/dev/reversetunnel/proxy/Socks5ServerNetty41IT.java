package dev.reversetunnel.proxy;

/** The same on the Netty that frameworks pin. */
class Socks5ServerNetty41IT extends Socks5ServerTest {}
