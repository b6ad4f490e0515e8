package dev.reversetunnel.lab;

/**
 * What one direction has done so far, of all its connections together.
 *
 * @param passedBytes bytes that came through
 * @param swallowedBytes bytes that are lost in a black hole, or on a connection that was cut
 * @param pieces into how many pieces the bytes were split that came through; whole buffers count as one
 * @param stalls how often it stood still for a while
 * @param cuts connections that were cut, by a FIN
 * @param resets connections that were reset
 */
public record FaultCounts(long passedBytes, long swallowedBytes, long pieces, long stalls, long cuts, long resets) {}
