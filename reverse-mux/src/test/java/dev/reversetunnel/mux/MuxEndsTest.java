package dev.reversetunnel.mux;

import static dev.reversetunnel.mux.MuxEnd.bytes;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How sessions end, in both roles: as the class description of {@link MuxSession} says. */
@ExtendWith(BufferLeakExtension.class)
class MuxEndsTest {
    private static final Destination WEB = Destination.tcp("web", 80);

    private final MuxEnd client = MuxEnd.client();
    private final MuxEnd server = MuxEnd.server();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    /** Opened, announced. */
    private MuxSession opened() {
        MuxSession session = client.open("web");
        client.sent();
        return session;
    }

    private MuxSession accepted() {
        server.receive(new MuxFrame.New(1, WEB));
        return server.last();
    }

    @Nested
    class From_our_side {
        @Test
        void close_behind_everything_that_was_written_is_clean() {
            MuxSession session = opened();
            session.writeAndFlush(bytes("bye")).addListener(written -> session.close());

            then(client.sent()).containsExactly("Keep 1 'bye'", "End 1");
            then(client.mux.openSessions()).isZero();
            then(Taker.of(session)).isNull();
        }

        @Test
        void close_before_everything_is_out_is_an_error() {
            MuxSession session = opened();
            session.writeAndFlush(bytes("lost"));
            session.close();

            then(client.sent()).containsExactly("End 1 error");
        }

        @Test
        void close_of_what_was_written_and_not_flushed_is_an_error() {
            MuxSession session = opened();
            session.write(bytes("lost"));
            session.close();

            then(client.sent()).containsExactly("End 1 error");
        }

        @Test
        void so_linger_0_and_close_is_an_error_even_behind_everything() {
            MuxSession session = opened();
            session.writeAndFlush(bytes("all")).addListener(written -> {
                session.config().setOption(ChannelOption.SO_LINGER, 0);
                session.close();
            });

            then(client.sent()).containsExactly("Keep 1 'all'", "End 1 error");
            then(session.config().getOption(ChannelOption.SO_LINGER)).isZero();
        }

        @Test
        void the_acceptor_ends_as_the_opener_does() {
            MuxSession session = accepted();
            session.writeAndFlush(bytes("bye")).addListener(written -> session.close());
            then(server.sent()).containsExactly("Keep 1 'bye'", "End 1");

            server.receive(new MuxFrame.New(2, WEB));
            server.last().reset();
            then(server.sent()).containsExactly("End 2 error");
        }

        @Test
        void the_opener_holds_its_end_back_when_its_output_is_shut_down_and_gets_the_answer() {
            MuxSession session = opened();
            Taker taker = Taker.of(session);
            session.writeAndFlush(bytes("question"));
            session.shutdownOutput();
            then(client.sent()).containsExactly("Keep 1 'question'");
            then(session.isOutputShutdown()).isTrue();

            client.receive(new MuxFrame.Keep(1, bytes("answer")), new MuxFrame.End(1, false));

            then(taker.text()).isEqualTo("answer");
            then(taker.events).containsExactly("end", "inactive");
            then(client.sent()).containsExactly("End 1");
        }

        @Test
        void the_acceptor_sends_end_behind_its_data_when_its_output_is_shut_down() {
            MuxSession session = accepted();
            session.writeAndFlush(bytes("all of it"));
            session.shutdownOutput();

            then(server.sent()).containsExactly("Keep 1 'all of it'", "End 1");
            then(session.isOpen()).isFalse();
        }

        @Test
        void late_frames_of_an_ended_session_are_answered_once() {
            MuxSession session = opened();
            session.close();
            client.receive(
                    new MuxFrame.Keep(1, bytes("late")),
                    new MuxFrame.Keep(1, bytes("later")),
                    new MuxFrame.End(1, false));

            then(client.sent()).containsExactly("End 1", "End 1");
            then(client.errors).isEmpty();
        }
    }

    @Nested
    class From_the_other_side {
        @Test
        void end_is_the_end_of_the_input_and_then_the_session_closes() {
            Taker taker = Taker.of(opened());
            client.receive(new MuxFrame.Keep(1, bytes("all")), new MuxFrame.End(1, false));

            then(taker.text()).isEqualTo("all");
            then(taker.events).containsExactly("end", "inactive");
            then(taker.readCompletes).isEqualTo(1);
            then(client.sent()).containsExactly("End 1");
            then(client.ended).hasSize(1);
        }

        @Test
        void end_in_a_later_burst_is_told_as_well() {
            Taker taker = Taker.of(opened());
            client.receive(new MuxFrame.Keep(1, bytes("all")));
            client.receive(new MuxFrame.End(1, false));

            then(taker.events).containsExactly("end", "inactive");
        }

        @Test
        void end_with_queued_bytes_is_told_behind_them() {
            MuxSession session = opened();
            session.config().setAutoRead(false);
            Taker taker = Taker.of(session);
            client.receive(new MuxFrame.Keep(1, bytes("queued")), new MuxFrame.End(1, false));

            then(taker.events).isEmpty();
            then(session.isOpen()).isTrue();
            then(client.mux.openSessions()).isZero();
            then(client.sent()).containsExactly("End 1");

            session.config().setAutoRead(true);
            client.wire.runPendingTasks();
            then(taker.text()).isEqualTo("queued");
            then(taker.events).containsExactly("end", "inactive");
        }

        @Test
        void end_is_told_when_somebody_reads_as_with_a_socket() {
            MuxSession session = opened();
            session.config().setAutoRead(false);
            Taker taker = Taker.of(session);
            client.receive(new MuxFrame.End(1, false));
            then(taker.events).isEmpty();

            session.read();
            client.wire.runPendingTasks();
            then(taker.events).containsExactly("end", "inactive");
        }

        @Test
        void end_with_error_gives_the_opener_what_is_queued_and_then_a_reset() {
            MuxSession session = opened();
            session.config().setAutoRead(false);
            Taker taker = Taker.of(session);
            client.receive(new MuxFrame.Keep(1, bytes("part")), new MuxFrame.End(1, true));
            session.config().setAutoRead(true);
            client.wire.runPendingTasks();

            then(taker.text()).isEqualTo("part");
            then(taker.events).containsExactly("inactive");
            then(client.sent()).containsExactly("End 1 error");
        }

        @Test
        void end_with_error_throws_away_what_the_acceptor_has_queued() {
            server.onOpen = session -> {};
            MuxSession session = accepted();
            Taker taker = Taker.of(session);
            server.receive(new MuxFrame.Keep(1, bytes("useless")), new MuxFrame.End(1, true));

            then(session.isOpen()).isFalse();
            then(taker.text()).isEmpty();
            then(taker.events).containsExactly("inactive");
            then(server.mux.queuedBytes()).isZero();
            then(server.sent()).containsExactly("End 1 error");
        }

        @Test
        void nothing_is_sent_for_a_session_that_the_other_side_has_ended() {
            MuxSession session = opened();
            session.config().setAutoRead(false);
            client.wire.stick();
            session.writeAndFlush(Unpooled.wrappedBuffer(new byte[1 << 20]));
            client.wire.runPendingTasks();
            client.wire.unstick();
            client.wire.stick();
            client.sent();
            client.receive(new MuxFrame.Keep(1, bytes("answer")), new MuxFrame.End(1, false));
            client.wire.unstick();
            session.writeAndFlush(bytes("late"));

            then(client.sent().stream().filter(frame -> frame.startsWith("End")))
                    .containsExactly("End 1");
            then(client.sent()).isEmpty();
            session.writeAndFlush(bytes("later"));
            then(client.sent()).isEmpty();
            session.close();
        }

        @Test
        void what_was_waiting_to_be_sent_does_not_keep_its_writer_waiting_after_the_end() {
            MuxSession session = opened();
            session.config().setAutoRead(false);
            client.wire.stick();
            for (int i = 0; i < 30; i++) {
                session.writeAndFlush(Unpooled.wrappedBuffer(new byte[10_000]));
                client.wire.runPendingTasks();
            }
            then(session.isWritable()).isFalse();
            client.receive(new MuxFrame.Keep(1, bytes("answer")), new MuxFrame.End(1, false));

            then(session.isWritable()).isTrue();
            session.close();
        }

        @Test
        void a_handler_that_closes_when_the_last_bytes_are_complete_sees_no_clean_end() {
            MuxSession session = opened();
            Taker taker = Taker.of(session);
            session.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelReadComplete(ChannelHandlerContext ctx) {
                    ctx.close();
                }
            });
            client.receive(new MuxFrame.Keep(1, bytes("x")), new MuxFrame.End(1, false));

            then(taker.events).containsExactly("inactive");
        }
    }

    @Nested
    class When_the_carrier_is_lost {
        @Test
        void sessions_are_reset() {
            Taker taker = Taker.of(opened());
            client.receive(new MuxFrame.Keep(1, bytes("part")));
            client.wire.close();
            client.wire.runPendingTasks();

            then(taker.text()).isEqualTo("part");
            then(taker.events).containsExactly("inactive");
            then(client.closed).isEqualTo(1);
            then(client.ended).hasSize(1);
            then(client.mux.openSessions()).isZero();
        }

        @Test
        void a_session_that_had_ended_cleanly_still_delivers() {
            MuxSession session = opened();
            session.config().setAutoRead(false);
            Taker taker = Taker.of(session);
            client.receive(new MuxFrame.Keep(1, bytes("all of it")), new MuxFrame.End(1, false));
            client.wire.close();
            client.wire.runPendingTasks();
            then(taker.events).isEmpty();

            session.config().setAutoRead(true);
            client.wire.runPendingTasks();
            then(taker.text()).isEqualTo("all of it");
            then(taker.events).containsExactly("end", "inactive");
        }

        @Test
        void what_is_queued_of_a_session_that_had_not_ended_is_thrown_away() {
            server.onOpen = session -> {};
            MuxSession session = accepted();
            server.receive(new MuxFrame.Keep(1, bytes("part")));
            server.wire.close();
            server.wire.runPendingTasks();

            then(session.isOpen()).isFalse();
            then(server.mux.queuedBytes()).isZero();
        }

        @Test
        void its_failure_is_told_once_and_its_own_close_is_none() {
            opened();
            client.onClosing = () -> client.wire.pipeline().fireExceptionCaught(new IOException("Broken pipe"));
            client.wire.pipeline().fireExceptionCaught(new IOException("Connection reset"));
            client.wire.runPendingTasks();
            then(client.failures).extracting(Throwable::getMessage).containsExactly("Connection reset");

            accepted();
            server.wire.stick();
            server.last().writeAndFlush(Unpooled.wrappedBuffer(new byte[200_000]));
            server.wire.runPendingTasks();
            server.wire.close();
            server.wire.runPendingTasks();
            then(server.failures).isEmpty();
            then(server.closed).isEqualTo(1);
        }

        @Test
        void a_stream_that_ends_inside_a_frame_resets_its_sessions() {
            Taker taker = Taker.of(opened());
            client.receive(dev.reversetunnel.testkit.Hex.buffer("0004 0001 02 01 | 0005 6869"));
            client.wire.close();
            client.wire.runPendingTasks();

            then(taker.events).containsExactly("inactive");
            then(client.reasons()).containsExactly(MuxException.Reason.TRUNCATED_STREAM);
        }

        @Test
        void removing_the_mux_resets_its_sessions() {
            Taker taker = Taker.of(opened());
            client.wire.pipeline().remove(MuxConnection.class);
            client.wire.runPendingTasks();

            then(taker.events).containsExactly("inactive");
        }
    }
}
