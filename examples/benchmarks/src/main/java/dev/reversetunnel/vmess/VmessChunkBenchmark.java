package dev.reversetunnel.vmess;

import dev.reversetunnel.benchmarks.ChunkHandlers;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.Destination;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The chunks of VMess, with masked lengths and padding, as all peers send them. */
@SuppressWarnings("NullAway.Init") // JMH fills in the parameters, then calls open()
public class VmessChunkBenchmark extends ChunkHandlers {
    /** What one write brings. */
    @Param({"64", "2048", "16368"})
    public int bytes;

    @Param({"AES_128_GCM", "CHACHA20_POLY1305", "NONE"})
    public VmessSecurity security;

    @Setup
    public void open() {
        int options = VmessRequest.CHUNK_STREAM | VmessRequest.CHUNK_MASKING | VmessRequest.GLOBAL_PADDING;
        Randomness randomness = Randomness.secure();
        VmessRequest request =
                VmessRequest.random(Destination.tcp("origin.example", 80), security, options, randomness);
        open(
                VmessChunkEncoder.of(ChunkFormat.ofRequest(request, null), request, randomness),
                VmessChunkDecoder.of(ChunkFormat.ofRequest(request, null), request, failure -> {}),
                bytes);
    }
}
