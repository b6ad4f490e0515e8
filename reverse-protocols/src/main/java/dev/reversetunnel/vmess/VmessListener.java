package dev.reversetunnel.vmess;

import dev.reversetunnel.Command;
import dev.reversetunnel.Grant;
import dev.reversetunnel.Request;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.door.HeaderBeforePayload;
import dev.reversetunnel.door.Opening;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.util.concurrent.EventExecutor;
import java.security.Provider;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A server on one port: what all of its connections share. */
final class VmessListener {
    private final Settings settings;
    private final Door door;
    private final Openings openings;
    private final Map<EventExecutor, UserSearch> searches = new ConcurrentHashMap<>();

    VmessListener(Settings settings, Door door) {
        this.settings = settings;
        this.door = door;
        this.openings =
                new Openings(settings.replayCapacity(), () -> TimeUnit.NANOSECONDS.toSeconds(System.nanoTime()));
    }

    Door door() {
        return door;
    }

    /** For a new connection. */
    Opening opening(Channel channel) {
        UserSearch users = searches.computeIfAbsent(
                channel.eventLoop(), loop -> new UserSearch(settings.users(), door.context()::isRevoked));
        return new HeaderOpening(new RequestHeaderDecoder(users, openings, this::seconds));
    }

    private long seconds() {
        return Math.floorDiv(door.context().clock().millis(), 1_000L);
    }

    /** The last check that needs to know where the peer is. */
    private void admit(VmessRequest request, Channel channel) {
        if (!request.security().isEncrypted() && !settings.insecure() && !Door.isLocal(channel.remoteAddress())) {
            throw new CarrierException(
                    Reason.INSECURE,
                    "security: none, from another machine (expected: AES-128-GCM or ChaCha20-Poly1305; or call"
                            + " insecure())");
        }
    }

    /** Puts the handlers of the body behind {@code before}. */
    private Request enter(RequestHeaderDecoder.Opening opening, Channel channel, String before) {
        VmessRequest request = opening.request();
        ChannelPipeline pipeline = channel.pipeline();
        ChunkFormat down = ChunkFormat.ofResponse(request, settings.provider());
        ChunkFormat up = ChunkFormat.ofRequest(request, settings.provider());
        byte[] header = ResponseHeader.seal(request);
        pipeline.addAfter(before, null, VmessChunkEncoder.of(down, request, Randomness.secure()));
        pipeline.addAfter(before, null, new HeaderBeforePayload(() -> header, null));
        pipeline.addAfter(before, null, VmessChunkDecoder.of(up, request, cause -> door.refused(cause, channel)));
        request.wipe(); // the handlers have what they need of it
        return new Request(
                Command.of(request.destination()),
                request.destination(),
                door.context().tag(),
                opening.user().name(),
                settings.grants().apply(opening.user().name()),
                Door.source(channel),
                Door.local(channel));
    }

    /** Reads the header of one connection. */
    private final class HeaderOpening implements Opening {
        private final RequestHeaderDecoder header;

        private HeaderOpening(RequestHeaderDecoder header) {
            this.header = header;
        }

        @Override
        public @Nullable Welcome read(ByteBuf in, Channel channel) {
            RequestHeaderDecoder.Opening opening = header.read(in);
            if (opening == null) {
                return null;
            }
            admit(opening.request(), channel);
            return (entered, before) -> enter(opening, entered, before);
        }

        @Override
        public boolean isEmpty() {
            return header.isEmpty();
        }
    }

    /** What a {@link VmessServer} was told of VMess itself. */
    record Settings(
            List<VmessUser> users,
            Function<String, Grant> grants,
            int replayCapacity,
            @Nullable Provider provider,
            boolean insecure) {}
}
