package dev.reversetunnel.vmess;

import dev.reversetunnel.Grant;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.vmess.VmessException.Reason;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.Provider;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A server on one port: what all of its connections share. */
@ChannelHandler.Sharable
final class VmessListener extends ChannelInitializer<Channel> {
    private final Settings settings;
    private final InboundContext context;
    private final Openings openings;
    private final Strangers strangers;
    private final Map<EventExecutor, UserSearch> searches = new ConcurrentHashMap<>();

    VmessListener(Settings settings, InboundContext context) {
        this.settings = settings;
        this.context = context;
        this.openings =
                new Openings(settings.replayCapacity(), () -> TimeUnit.NANOSECONDS.toSeconds(System.nanoTime()));
        this.strangers = new Strangers(settings.maxStrangers(), settings.maxStrangersPerSource());
    }

    @Override
    protected void initChannel(Channel channel) {
        UserSearch users = searches.computeIfAbsent(channel.eventLoop(), loop -> new UserSearch(settings.users()));
        RequestHeaderDecoder header = new RequestHeaderDecoder(users, openings, this::seconds);
        channel.pipeline().addLast(new VmessHandshake(this, header));
    }

    Duration handshakeTimeout() {
        return settings.handshakeTimeout();
    }

    /** Counts a new connection in; the oldest stranger makes room for it. */
    void arrived(Channel channel) {
        Channel oldest = strangers.enter(channel);
        if (oldest != null) {
            settings.book().evicted();
            oldest.eventLoop().execute(() -> VmessHandshake.finish(oldest));
        }
    }

    void left(Channel channel) {
        strangers.leave(channel);
    }

    void refused(VmessException cause, Channel channel) {
        settings.book().refused(context.tag(), channel.remoteAddress(), cause);
    }

    /** The last check that needs to know where the peer is. */
    void admit(VmessRequest request, Channel channel) {
        if (!request.security().isEncrypted() && !settings.insecure() && !isLocal(channel.remoteAddress())) {
            throw new VmessException(
                    Reason.INSECURE,
                    "security: none, from another machine (expected: AES-128-GCM or ChaCha20-Poly1305; or call"
                            + " insecure())");
        }
    }

    /** Puts the handlers of the body behind {@code before}, and gives the channel away. */
    void handOver(RequestHeaderDecoder.Opening opening, Channel channel, String before, Runnable done) {
        VmessRequest request = opening.request();
        settings.book().accepted();
        ChannelPipeline pipeline = channel.pipeline();
        ChunkFormat down = ChunkFormat.ofResponse(request, settings.provider());
        ChunkFormat up = ChunkFormat.ofRequest(request, settings.provider());
        byte[] header = ResponseHeader.seal(request);
        pipeline.addAfter(before, null, VmessChunkEncoder.of(down, request, Randomness.secure()));
        pipeline.addAfter(before, null, new HeaderBeforePayload(() -> header, null));
        pipeline.addAfter(before, null, VmessChunkDecoder.of(up, request, cause -> refused(cause, channel)));
        request.wipe(); // the handlers have what they need of it
        done.run();
        context.handle(
                new Request(
                        request.destination(),
                        context.tag(),
                        opening.user().name(),
                        settings.grant(),
                        socketAddress(channel.remoteAddress()),
                        socketAddress(channel.localAddress())),
                channel);
    }

    private long seconds() {
        return Math.floorDiv(context.clock().millis(), 1_000L);
    }

    private static boolean isLocal(@Nullable SocketAddress address) {
        // What is no socket is memory.
        return !(address instanceof InetSocketAddress socket)
                || (socket.getAddress() != null && socket.getAddress().isLoopbackAddress());
    }

    private static @Nullable InetSocketAddress socketAddress(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress socket ? socket : null;
    }

    /** What a {@link VmessServer} was told, complete. */
    record Settings(
            List<VmessUser> users,
            Grant grant,
            Duration handshakeTimeout,
            int maxStrangers,
            int maxStrangersPerSource,
            int replayCapacity,
            @Nullable Provider provider,
            boolean insecure,
            DoorBook book) {}
}
