package dev.reversetunnel.lab;

/**
 * What has become of the datagrams of one direction so far.
 *
 * @param received how many came in
 * @param passed how many went out, doubles included
 * @param dropped how many were lost, by chance, in a black hole, or because too many were under way
 * @param doubled how many went out twice
 * @param reordered how many were overtaken by the next one
 */
public record DatagramCounts(long received, long passed, long dropped, long doubled, long reordered) {}
