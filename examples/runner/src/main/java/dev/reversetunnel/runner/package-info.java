/**
 * A program that runs documents of V2Ray and Xray, with their options and exit codes. Start with
 * {@link dev.reversetunnel.runner.Runner}.
 *
 * <p>{@code Arguments} are what was asked for, {@code Signals} end it, {@code LogOutput} and {@code AccessLog} are the
 * logs, which go to {@code Output}s; everything else is the library: {@link dev.reversetunnel.config.Document} reads,
 * {@link dev.reversetunnel.ReverseTunnel} runs.
 */
@NullMarked
package dev.reversetunnel.runner;

import org.jspecify.annotations.NullMarked;
