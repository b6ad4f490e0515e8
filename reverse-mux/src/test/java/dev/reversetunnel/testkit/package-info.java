/** What the tests of all modules share: hex, golden vectors, and the watch over leaked buffers. */
@NullMarked
package dev.reversetunnel.testkit;

import org.jspecify.annotations.NullMarked;
