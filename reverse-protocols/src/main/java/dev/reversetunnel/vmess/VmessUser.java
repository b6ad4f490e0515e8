package dev.reversetunnel.vmess;

/** Somebody whom a server knows: his name is for rules and logs, his key for nobody. */
record VmessUser(String name, UserKey key) {}
