/** VMess. */
@org.jspecify.annotations.NullMarked
package dev.reversetunnel.vmess;
