package dev.reversetunnel.vless;

import dev.reversetunnel.Command;
import dev.reversetunnel.Grant;
import dev.reversetunnel.HoldUntilRead;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Request;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.door.HeaderBeforePayload;
import dev.reversetunnel.door.Opening;
import dev.reversetunnel.net.Network;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A server on one port: what all of its connections share. */
final class VlessListener {
    private final UserSearch users;
    private final Function<VlessUser, Grant> grants;
    private final @Nullable Outbound fallback;
    private final int maxDatagram;
    private final Door door;

    VlessListener(
            List<VlessUser> users,
            Function<VlessUser, Grant> grants,
            @Nullable Outbound fallback,
            int maxDatagram,
            Door door) {
        this.users = new UserSearch(users, door.context()::isRevoked);
        this.grants = grants;
        this.fallback = fallback;
        this.maxDatagram = maxDatagram;
        this.door = door;
    }

    Door door() {
        return door;
    }

    /** For a new connection. */
    Opening opening() {
        return new HeaderOpening(new RequestHeaderDecoder(users));
    }

    /** Whether the user may have what he asks for, and we do. */
    private static void admit(VlessUser user, VlessRequest request) {
        if (!request.flow().isEmpty()) {
            throw new CarrierException(
                    Reason.OPTION,
                    "user \"" + user.name() + "\": wants a flow (expected: none; take \"flow\" out of the client's"
                            + " settings)");
        }
        if (user.reverse() != (request.command() == Command.REVERSE)) {
            throw new CarrierException(
                    Reason.COMMAND,
                    "user \"" + user.name() + "\": command " + RequestHeader.code(request)
                            + (user.reverse()
                                    ? " (expected: 4 Reverse, and nothing else, from a reverse user)"
                                    : " (expected: 1 TCP, 2 UDP or 3 Mux; 4 Reverse is for reverse users)"));
        }
    }

    /** Puts the handlers of the body behind {@code before}. */
    private Request enter(RequestHeaderDecoder.Opening opening, Channel channel, String before) {
        VlessRequest request = opening.request();
        ChannelPipeline pipeline = channel.pipeline();
        if (request.isDatagrams()) {
            pipeline.addAfter(before, null, new VlessDatagramEncoder(maxDatagram));
            pipeline.addAfter(before, null, new VlessDatagramDecoder(request.destination()));
        }
        pipeline.addAfter(before, null, new HeaderBeforePayload(() -> VlessResponseDecoder.HEADER, null));
        pipeline.addAfter(before, null, new HoldUntilRead());
        return new Request(
                command(request),
                request.destination(),
                door.context().tag(),
                opening.user().name(),
                grants.apply(opening.user()),
                Door.source(channel),
                Door.local(channel));
    }

    /** All peers serve a stream to the name of mux as mux. */
    private static Command command(VlessRequest request) {
        return request.command() == Command.CONNECT && request.destination().network() == Network.TCP
                ? Command.of(request.destination())
                : request.command();
    }

    private Opening.Welcome sendOn(CarrierException cause, Outbound elsewhere) {
        return (channel, before) -> {
            door.sentOn(cause, channel);
            channel.pipeline().addAfter(before, null, new HoldUntilRead());
            Request request = new Request(
                    VlessRequest.FALLBACK,
                    door.context().tag(),
                    "",
                    Grant.CONNECT,
                    Door.source(channel),
                    Door.local(channel));
            // When his first bytes are in place.
            channel.eventLoop().execute(() -> door.context().handOver(request, channel, elsewhere));
            return null;
        };
    }

    /** Reads the header of one connection. */
    private final class HeaderOpening implements Opening {
        private final RequestHeaderDecoder header;

        private HeaderOpening(RequestHeaderDecoder header) {
            this.header = header;
        }

        @Override
        public @Nullable Welcome read(ByteBuf in, Channel channel) {
            if (fallback != null && header.isEmpty()) {
                return readFirst(in, fallback);
            }
            return welcome(header.read(in));
        }

        /** Who he is shows in the first read, or he is a stranger, as V2Ray and Xray have it. */
        private @Nullable Welcome readFirst(ByteBuf in, Outbound elsewhere) {
            if (in.readableBytes() < RequestHeader.FIXED_BYTES) {
                return sendOn(
                        new CarrierException(
                                Reason.INCOMPLETE,
                                "opening: begins with " + in.readableBytes() + " bytes (expected: "
                                        + RequestHeader.FIXED_BYTES
                                        + " or more in one piece, where there is a fallback)"),
                        elsewhere);
            }
            int first = in.readerIndex();
            try {
                return welcome(header.read(in));
            } catch (CarrierException e) {
                if (header.knowsUser()) {
                    throw e;
                }
                in.readerIndex(first);
                return sendOn(e, elsewhere);
            }
        }

        private @Nullable Welcome welcome(RequestHeaderDecoder.@Nullable Opening opening) {
            if (opening == null) {
                return null;
            }
            admit(opening.user(), opening.request());
            return (channel, before) -> enter(opening, channel, before);
        }

        @Override
        public boolean isEmpty() {
            return header.isEmpty();
        }
    }
}
