/**
 * Users whom a server tells apart, over all protocols that do: what each may register and reach, and what is left of
 * him when he is revoked.
 */
@NullMarked
package dev.reversetunnel.users;

import org.jspecify.annotations.NullMarked;
