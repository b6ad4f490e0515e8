package dev.reversetunnel.vmess;

import dev.reversetunnel.CarrierWear;
import dev.reversetunnel.body.BodyDecoder;
import dev.reversetunnel.body.BodyReader;
import dev.reversetunnel.body.ChunkReader;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.net.Network;
import java.util.function.Consumer;

/** The body of a VMess connection to plain bytes, or to datagrams. */
final class VmessChunkDecoder extends BodyDecoder implements CarrierWear {
    private VmessChunkDecoder(BodyReader body, VmessRequest request, Consumer<CarrierException> failures) {
        super(
                body,
                request.command() == VmessRequest.Command.UDP
                        ? request.destination().on(Network.UDP)
                        : null,
                failures);
    }

    static VmessChunkDecoder of(ChunkFormat format, VmessRequest request, Consumer<CarrierException> failures) {
        boolean datagrams = request.command() == VmessRequest.Command.UDP;
        BodyReader body = request.isRaw() ? new BodyReader.Raw() : new ChunkReader(new ChunkOpener(format), datagrams);
        return new VmessChunkDecoder(body, request, failures);
    }

    @Override
    public double wear() {
        return (double) chunks() / VmessChunks.PERIOD;
    }
}
