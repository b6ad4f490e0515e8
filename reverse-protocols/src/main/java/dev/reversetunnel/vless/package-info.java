/** VLESS without a flow, client and server, and its reverse command. Start with {@code Vless}. */
@NullMarked
package dev.reversetunnel.vless;

import org.jspecify.annotations.NullMarked;
