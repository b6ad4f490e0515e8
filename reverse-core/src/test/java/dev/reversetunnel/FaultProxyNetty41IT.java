package dev.reversetunnel;

/** On the Netty of the module that runs it. */
class FaultProxyNetty41IT extends FaultProxyTest {}
