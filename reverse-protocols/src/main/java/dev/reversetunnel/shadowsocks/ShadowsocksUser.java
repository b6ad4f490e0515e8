package dev.reversetunnel.shadowsocks;

/** Somebody whom a server knows: his name is for rules and logs, his key for nobody. */
record ShadowsocksUser(String name, ShadowsocksMethod method, UserKey key) {}
