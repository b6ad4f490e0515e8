package dev.reversetunnel;

/** The same on both Nettys. */
class SniffedRoutesNetty41IT extends SniffedRoutesTest {}
