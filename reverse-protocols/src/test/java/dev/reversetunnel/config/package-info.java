/**
 * What other programs are told, and what they make of it. The documents themselves are in
 * {@code src/test/resources/documents}.
 */
@NullMarked
package dev.reversetunnel.config;

import org.jspecify.annotations.NullMarked;
