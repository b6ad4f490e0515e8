/**
 * Links by which people hand a server to one another. Start with {@link dev.reversetunnel.sharelink.ShareLink}.
 *
 * <p>{@code LinkText} takes a link apart, {@code VmessLink}, {@code VlessLink} and {@code ShadowsocksLink} read and
 * write what their protocols say, {@code LinkStream} what lies below, {@code LinkParameters} tells of the rest. Rules
 * that hold inside: what would make the client another one is refused, what is harmless is a warning, nothing is
 * dropped silently; no message quotes a link, for everything in it may be a part of the secret.
 */
@NullMarked
package dev.reversetunnel.sharelink;

import org.jspecify.annotations.NullMarked;
