package dev.reversetunnel.lab;

/** On the Netty of the module that runs it, whose leak detector is another one. */
class LeftoversNetty41IT extends LeftoversTest {}
