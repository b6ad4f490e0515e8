package dev.reversetunnel;

/**
 * What a bridge has at one of its portals, at one moment.
 *
 * @param tag the bridge's for this portal: {@link Bridge}s have their name, with {@code -2} and so on behind it for the
 *     second and following portals
 * @param state whether there is a tunnel
 * @param tunnels how many there are, those that drain or are dialled included
 * @param sessions how many visitors it serves
 * @param lastFailure why the last attempt failed, for people; empty if none did since the last tunnel came up
 */
public record BridgeSnapshot(String tag, BridgeState state, int tunnels, int sessions, String lastFailure) {}
