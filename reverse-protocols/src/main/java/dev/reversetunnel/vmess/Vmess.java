package dev.reversetunnel.vmess;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * VMess with AEAD header (alterId 0), as V2Ray 4.28 and newer, Xray and sing-box speak it. The way in: a
 * {@link #server(int)} takes tunnels and users in, a {@link #client(String, int)} reaches one.
 *
 * <p>Know its limits: no forward secrecy; and after 65,536 chunks a direction (1 GiB when they are full) the nonces
 * repeat, see {@link #chunks(Channel)}. Over the open Internet put TLS around it, or choose another protocol.
 */
public final class Vmess {
    private Vmess() {}

    /**
     * A server that knows nobody yet.
     *
     * @param port 1 to 65535, or 0 for one that is free
     * @return a server; call {@link VmessServer#user}
     * @throws IllegalArgumentException if there is no such port
     */
    public static VmessServer server(int port) {
        return new VmessServer(port);
    }

    /**
     * A client.
     *
     * @param host the server's domain name or IP address
     * @param port the server's port, 1 to 65535
     * @return a client; call {@link VmessClient#user}
     * @throws IllegalArgumentException if there is no such host or port
     */
    public static VmessClient client(String host, int port) {
        return new VmessClient(host, port);
    }

    /**
     * How many chunks a connection has carried. Call it on the channel's event loop.
     *
     * @param channel a channel that a server has handed over, or that a client has connected
     * @return the numbers; null if it is no VMess channel, or closed
     */
    public static @Nullable VmessChunks chunks(Channel channel) {
        VmessChunkEncoder encoder = channel.pipeline().get(VmessChunkEncoder.class);
        VmessChunkDecoder decoder = channel.pipeline().get(VmessChunkDecoder.class);
        return encoder == null || decoder == null ? null : new VmessChunks(encoder.chunks(), decoder.chunks());
    }
}
