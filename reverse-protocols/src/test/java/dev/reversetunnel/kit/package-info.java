/** What tests of several protocols share that need no peer: vectors, buffers that are counted, a receiver, a clock. */
@NullMarked
package dev.reversetunnel.kit;

import org.jspecify.annotations.NullMarked;
