package dev.reversetunnel.lab;

/** On the Netty of the module that runs it. */
class FaultHandlerNetty41IT extends FaultHandlerTest {}
