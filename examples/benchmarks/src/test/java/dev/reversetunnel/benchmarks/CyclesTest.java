package dev.reversetunnel.benchmarks;

import static org.assertj.core.api.BDDAssertions.then;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CyclesTest {
    private static final String PRINTED = """
            # Overhead|Command        |Symbol      |IPC   [IPC Coverage]
             40.50%  |reverse-loop-3-|[k] _copy_to_iter |-      -
             20.00%  |reverse-loop-3-|[.] StubRoutines (2)|-      -
             10.25%  |reverse-loop-3-|[.] void dev.reversetunnel.mux.MuxSession.flush()|-      -
              9.00%  |C2 CompilerThre|[k] clear_page_rep|-      -
              1.25%  |reverse-loop-4-|[.] StubRoutines (2)|-      -
            """;

    @Test
    void adds_up_what_threads_were_in() {
        Cycles cycles = Cycles.parse(PRINTED);
        then(cycles.share(Cycles.Place.KERNEL_COPIES)).isEqualTo(40.5);
        then(cycles.share(Cycles.Place.STUBS)).isEqualTo(21.25);
        then(cycles.share(Cycles.Place.MUX)).isEqualTo(10.25);
        then(cycles.share(Cycles.Place.COMPILER)).isEqualTo(9);
        then(cycles.share(Cycles.Place.KERNEL)).isZero();
        then(cycles.most(2))
                .containsExactly(Map.entry("[k] _copy_to_iter", 40.5), Map.entry("[.] StubRoutines (2)", 21.25));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            C1 CompilerThre | [.] LinearScan::walk                                      | COMPILER
            G1 Conc#0       | [.] G1CMTask::do_marking_step                             | GC
            reverse-loop-3- | [k] tcp_sendmsg_locked                                    | KERNEL
            reverse-loop-3- | [.] int com.sun.crypto.provider.GHASH.ghashMultBlocks()   | CIPHER
            reverse-loop-3- | [.] void dev.reversetunnel.vmess.VmessChunks.seal()       | CARRIERS
            reverse-loop-3- | [.] void dev.reversetunnel.RelayHandler.channelRead()     | CORE
            reverse-loop-3- | [.] io.netty.buffer.PooledByteBuf.release()               | NETTY_BUFFERS
            reverse-loop-3- | [.] netty_epoll_native_epollWait                          | NETTY
            reverse-loop-3- | [.] Interpreter                                           | OTHER
            """)
    void knows_where_a_sample_was(String thread, String symbol, Cycles.Place place) {
        then(Cycles.Place.of(thread, symbol)).isEqualTo(place);
    }
}
