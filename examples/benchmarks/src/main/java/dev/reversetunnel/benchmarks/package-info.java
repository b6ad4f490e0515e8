/**
 * How fast it is, side by side with others.
 *
 * <p>{@link dev.reversetunnel.benchmarks.LoadRun} measures whole tunnels from a user's socket to an origin's: start
 * there. {@link dev.reversetunnel.benchmarks.TunnelSystem} says what can be measured,
 * {@link dev.reversetunnel.benchmarks.Measure} what of it. The classes whose names end in {@code Benchmark} are for JMH
 * and look at one step each.
 */
@NullMarked
package dev.reversetunnel.benchmarks;

import org.jspecify.annotations.NullMarked;
