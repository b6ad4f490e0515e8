package dev.reversetunnel.vmess;

import dev.reversetunnel.CarrierWear;
import dev.reversetunnel.body.BodyEncoder;
import dev.reversetunnel.crypto.Randomness;
import org.jspecify.annotations.Nullable;

/** Plain bytes, or datagrams, to the body of a VMess connection. */
final class VmessChunkEncoder extends BodyEncoder implements CarrierWear {
    private VmessChunkEncoder(@Nullable ChunkSealer sealer) {
        super(sealer);
    }

    static VmessChunkEncoder of(ChunkFormat format, VmessRequest request, Randomness randomness) {
        return new VmessChunkEncoder(
                request.isRaw() ? null : new ChunkSealer(format, randomness, request.has(VmessRequest.CHUNK_STREAM)));
    }

    @Override
    public double wear() {
        return (double) chunks() / VmessChunks.PERIOD;
    }
}
