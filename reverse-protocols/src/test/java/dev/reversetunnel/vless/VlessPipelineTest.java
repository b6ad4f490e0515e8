package dev.reversetunnel.vless;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Command;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.Grant;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The two ends of a connection, byte by byte and read by read. */
class VlessPipelineTest extends NoTransport implements InboundContext, Dialer {
    private static final String ID = "b831381d63244d53ad4f8cda48b30811";
    private static final Destination WEB = Destination.tcp("127.0.0.1", 80);
    private static final Destination DNS = Destination.udp("192.0.2.53", 53);
    private static final String WEB_HEADER = "00" + ID + "00010050017f000001";

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<String> heard = new ArrayList<>();
    private @Nullable Request request;

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void connect(Request wanted, VlessClient client) {
        prepare();
        client.user(ID).transport(this).connect(wanted, this);
        channel.pipeline().addLast(new Hearing());
    }

    private void accept(VlessServer server) {
        prepare();
        server.transport(this).start(this);
    }

    private void prepare() {
        channel.config().setAutoRead(false);
        channel.freezeTime();
    }

    /** One read burst. */
    private void comes(String hex) {
        channel.pipeline().fireChannelRead(Hex.buffer(hex));
        channel.pipeline().fireChannelReadComplete();
        channel.runPendingTasks();
    }

    private List<String> written() {
        List<String> writes = new ArrayList<>();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            writes.add(Hex.of(out));
            out.release();
        }
        return writes;
    }

    // ---- client ----

    @Test
    void a_client_sends_its_header_and_the_first_bytes_in_one_write() {
        connect(new Request(WEB, "test"), Vless.client("localhost", 1));
        then(written()).isEmpty();

        channel.writeAndFlush(Hex.buffer("474554"));
        channel.writeAndFlush(Hex.buffer("0d0a"));

        then(written()).containsExactly(WEB_HEADER + "474554", "0d0a");
    }

    @Test
    void a_client_whose_user_is_silent_sends_its_header_alone_after_a_while() {
        connect(new Request(WEB, "test"), Vless.client("localhost", 1));
        channel.advanceTimeBy(100, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();

        then(written()).containsExactly(WEB_HEADER);
    }

    @Test
    void a_bridge_registers_at_once() {
        connect(
                new Request(VlessRequest.REVERSE, "test").command(Command.REVERSE),
                Vless.client("localhost", 1).reverse());
        channel.runScheduledPendingTasks();

        then(written()).containsExactly("00" + ID + "0004");
    }

    @Test
    void a_client_asks_for_mux_by_command_or_by_name() {
        connect(new Request(VlessRequest.MUX, "test"), Vless.client("localhost", 1));
        channel.writeAndFlush(Hex.buffer("ff"));

        then(written()).containsExactly("00" + ID + "0003ff");
    }

    @Test
    void a_client_sends_datagrams_with_their_length() {
        connect(new Request(DNS, "test"), Vless.client("localhost", 1));
        channel.writeAndFlush(new Datagram(DNS, Hex.buffer("6f6e65")));
        channel.writeAndFlush(new Datagram(DNS, Hex.buffer("74776f")));
        channel.config().setAutoRead(true);
        comes("0000 0003 6f6e65 0003 74");
        comes("776f");

        then(written()).containsExactly("00" + ID + "0002003501c0000235" + "00036f6e65", "000374776f");
        then(heard).containsExactly("udp:192.0.2.53:53 6f6e65", "udp:192.0.2.53:53 74776f");
    }

    @Test
    void a_client_gives_nothing_to_who_does_not_read() {
        connect(new Request(WEB, "test"), Vless.client("localhost", 1));
        comes("0000 616263");
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        then(heard).isEmpty();

        channel.config().setAutoRead(true);
        channel.runPendingTasks();
        then(heard).containsExactly("616263", "clean end");
    }

    @Test
    void a_client_that_gets_only_the_header_reads_on() {
        connect(new Request(WEB, "test"), Vless.client("localhost", 1));
        Reads reads = new Reads();
        channel.pipeline().addFirst(reads);
        channel.read();
        then(reads.count).isEqualTo(1);

        comes("00");
        comes("02 1805");
        then(reads.count).as("for somebody who has got nothing yet").isEqualTo(3);
        comes("6162");
        then(heard).containsExactly("6162");
        then(reads.count).isEqualTo(3);
    }

    @Test
    void no_answer_at_all_is_no_clean_end() {
        connect(new Request(WEB, "test"), Vless.client("localhost", 1));
        channel.config().setAutoRead(true);
        comes("00");
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);

        then(heard).containsExactly("closed");
    }

    @Test
    void an_answer_of_something_else_is_an_error() {
        connect(new Request(WEB, "test"), Vless.client("localhost", 1));
        channel.config().setAutoRead(true);
        comes("485454502f312e31");

        then(heard).containsExactly("failed: RESPONSE", "closed");
    }

    @Test
    void a_client_does_either_what_bridges_do_or_all_the_rest() {
        Request registration = new Request(VlessRequest.REVERSE, "test").command(Command.REVERSE);
        VlessClient client = Vless.client("localhost", 1).user(ID).transport(this);

        then(client.connect(registration, this).cause()).hasMessageContaining("call reverse()");
        then(client.reverse().connect(new Request(WEB, "test"), this).cause())
                .hasMessageContaining("registers tunnels and reaches nothing");
    }

    // ---- server ----

    @Test
    void a_server_answers_with_its_header_and_the_first_bytes_in_one_write() {
        accept(Vless.server(0).address("127.0.0.1").user("shop", ID).client());
        comes(WEB_HEADER + "474554");

        then(request).isEqualTo(new Request(WEB, "vless-in", "shop", Grant.BOTH, null, null));
        then(heard).as("before somebody reads").isEmpty();
        channel.config().setAutoRead(true);
        channel.runPendingTasks();
        channel.writeAndFlush(Hex.buffer("3230"));
        channel.writeAndFlush(Hex.buffer("30"));

        then(heard).containsExactly("474554");
        then(written()).containsExactly("00003230", "30");
    }

    @Test
    void a_server_that_ends_without_a_byte_still_says_that_it_was_there() {
        accept(Vless.server(0).address("127.0.0.1").user("shop", ID).client());
        comes(WEB_HEADER);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER); // as before the end of an output

        then(String.join("", written())).isEqualTo("0000");
    }

    @Test
    void a_server_reads_an_opening_byte_by_byte() {
        accept(Vless.server(0).address("127.0.0.1").user("shop", ID));
        for (int i = 0; i < WEB_HEADER.length(); i += 2) {
            then(request).isNull();
            comes(WEB_HEADER.substring(i, i + 2));
        }

        then(request).isEqualTo(new Request(WEB, "vless-in", "shop", Grant.REGISTER, null, null));
    }

    @Test
    void a_bridge_that_registers_by_command_may_do_nothing_else() {
        accept(Vless.server(0).address("127.0.0.1").reverseUser("home", ID).client());
        comes("00" + ID + "0004 000401");

        then(request)
                .isEqualTo(new Request(VlessRequest.REVERSE, "vless-in", "home", Grant.REGISTER, null, null)
                        .command(Command.REVERSE));
    }

    @Test
    void a_server_gives_datagrams_of_one_target() {
        accept(Vless.server(0).address("127.0.0.1").user("shop", ID).client());
        comes("00" + ID + "0002003501c0000235 00036f6e65 0000 0003 74776f");
        channel.config().setAutoRead(true);
        channel.runPendingTasks();
        channel.writeAndFlush(new Datagram(Destination.udp("192.0.2.1", 5353), Hex.buffer("34")));

        then(heard).containsExactly("udp:192.0.2.53:53 6f6e65", "udp:192.0.2.53:53 74776f");
        then(written()).containsExactly("0000000134");
    }

    // ---- what both are given ----

    @Override
    public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
        channel.pipeline().addLast(handler);
        return channel.eventLoop().newSucceededFuture(channel);
    }

    @Override
    public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context) {
        channel.pipeline().addLast(handler);
        return channel.eventLoop().newSucceededFuture(channel);
    }

    @Override
    public void handle(Request wanted, Channel accepted) {
        request = wanted;
        accepted.pipeline().addLast(new Hearing());
    }

    @Override
    public String tag() {
        return "vless-in";
    }

    @Override
    public EventLoopGroup loops() {
        return channel.eventLoop();
    }

    @Override
    public void accepted(Channel connection) {
        // there is one only
    }

    @Override
    public EventLoop loop() {
        return channel.eventLoop();
    }

    @Override
    public Future<List<InetAddress>> resolve(String host) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Duration timeout() {
        return Duration.ofSeconds(10);
    }

    @Override
    public Clock clock() {
        return Clock.systemUTC();
    }

    /** Writes down what somebody hears to whom the channel was given. */
    private final class Hearing extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            heard.add(
                    message instanceof Datagram datagram
                            ? datagram.peer() + " " + Hex.of(datagram.content())
                            : Hex.of((ByteBuf) message));
            ReferenceCountUtil.release(message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            heard.add(event == ChannelInputShutdownEvent.INSTANCE ? "clean end" : event.toString());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            heard.add("failed: " + (cause instanceof CarrierException e ? e.reason() : cause));
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            heard.add("closed");
        }
    }

    /** Counts how often somebody asks the network for more. */
    private static final class Reads extends ChannelOutboundHandlerAdapter {
        private int count;

        @Override
        public void read(ChannelHandlerContext ctx) {
            count++;
            ctx.read();
        }
    }
}
