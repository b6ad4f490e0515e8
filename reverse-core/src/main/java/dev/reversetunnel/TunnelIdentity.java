package dev.reversetunnel;

import java.time.Instant;

/** Whose tunnel it is, and who hears of it. */
record TunnelIdentity(String owner, int number, String user, Instant since, Events events) {}
