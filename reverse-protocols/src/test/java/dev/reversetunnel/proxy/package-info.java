/** Proxies at work: what their clients get, and tunnels that are dialled through them. */
package dev.reversetunnel.proxy;
