package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A stream's bytes go to their session as they come, and no frame is made of them on either side. */
@ExtendWith(BufferLeakExtension.class)
class MuxStreamPiecesTest {
    private static final Destination WEB = Destination.tcp("web", 80);

    private final MuxEnd server = MuxEnd.server();

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void bytes_are_handed_on_before_their_frame_is_whole() {
        server.receive(new MuxFrame.New(1, WEB));
        server.receive(Hex.buffer("0004 0001 02 01 0005 6162"));

        then(Taker.of(server.last()).text()).isEqualTo("ab");
        server.receive(Hex.buffer("6364"));
        server.receive(Hex.buffer("65 0004 0001 02 01 0001 66"));
        then(Taker.of(server.last()).text()).isEqualTo("abcdef");
        then(Taker.of(server.last()).readCompletes).isEqualTo(3);
        then(server.mux.bytesReceived()).isEqualTo(6);
    }

    @Test
    void wherever_they_are_cut_the_same_bytes_arrive() {
        server.receive(new MuxFrame.New(1, WEB), new MuxFrame.New(2, WEB));
        String frames = "0004000102010003616263" + "0004000202010003787970" + "00040001020000" + "0400010201000164";
        for (int cut = 2; cut < frames.length(); cut += 2) {
            server.receive(Hex.buffer(frames.substring(0, cut)));
            server.receive(Hex.buffer(frames.substring(cut)));
        }
        int times = frames.length() / 2 - 1;
        then(Taker.of(server.opened.get(0)).text()).isEqualTo("abcd".repeat(times));
        then(Taker.of(server.opened.get(1)).text()).isEqualTo("xyp".repeat(times));
        then(server.errors).isEmpty();
    }

    @Test
    void a_datagram_waits_for_the_rest_of_its_frame() {
        server.receive(new MuxFrame.New(1, Destination.udp("dns", 53)));
        server.receive(Hex.buffer("0004 0001 02 01 0003 6162"));
        then(Taker.of(server.last()).datagrams).isEmpty();
        server.receive(Hex.buffer("63"));
        then(Taker.of(server.last()).datagrams).containsExactly("udp:dns:53 abc");
    }

    @Test
    void a_carrier_that_ends_inside_of_a_frame_has_lost_something() {
        server.receive(new MuxFrame.New(1, WEB));
        server.receive(Hex.buffer("0004 0001 02 01 0003 6162"));
        Taker taker = Taker.of(server.last());
        server.wire.close();

        then(server.reasons()).containsExactly(MuxException.Reason.TRUNCATED_STREAM);
        then(taker.text()).isEqualTo("ab");
        then(taker.events).containsExactly("inactive");
    }

    @Test
    void the_rest_of_a_frame_whose_session_was_closed_meanwhile_is_nobodys() {
        server.receive(new MuxFrame.New(1, WEB), new MuxFrame.New(2, WEB));
        server.receive(Hex.buffer("0004 0001 02 01 0005 6162"));
        server.opened.get(0).close();
        server.receive(Hex.buffer("636465 0004 0002 02 01 0001 78"));

        then(server.sent()).containsExactly("End 1");
        then(Taker.of(server.opened.get(1)).text()).isEqualTo("x");
        then(server.errors).isEmpty();
    }

    @Test
    void nothing_follows_a_header_that_could_not_be_written() {
        server.receive(new MuxFrame.New(1, WEB));
        var failing = new FailsOnce();
        server.wire.pipeline().addFirst(failing);
        ByteBuf payload = server.wire.alloc().buffer().writeZero(5_000);
        server.last().writeAndFlush(payload);
        server.wire.runPendingTasks();

        then(failing.writes).isEqualTo(1);
        then(payload.refCnt()).isZero();
        then(server.wire.isOpen()).isFalse();
        then(server.failures).singleElement().isInstanceOf(IOException.class);
    }

    private static final class FailsOnce extends ChannelOutboundHandlerAdapter {
        private int writes;

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (writes++ == 0) {
                ReferenceCountUtil.release(message);
                promise.tryFailure(new IOException("no room"));
            } else {
                ctx.write(message, promise);
            }
        }
    }
}
