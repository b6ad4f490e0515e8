package dev.reversetunnel.vless;

import dev.reversetunnel.crypto.UserId;

/**
 * Somebody whom a server knows: his name is for rules and logs, his id for nobody.
 *
 * @param name in rules and logs
 * @param id his secret
 * @param reverse whether he registers tunnels by command 4, and does nothing else
 */
record VlessUser(String name, UserId id, boolean reverse) {}
