package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(BufferLeakExtension.class)
class MuxFrameTest {

    @Test
    void tells_name_id_and_size_and_never_the_payload() {
        ByteBuf secret = Hex.buffer("736563726574");
        then(new MuxFrame.New(2, Destination.tcp("web.home", 80), secret))
                .hasToString("New[2 tcp:web.home:80, 6 bytes]");
        then(new MuxFrame.New(2, Destination.tcp("web.home", 80))).hasToString("New[2 tcp:web.home:80]");
        then(new MuxFrame.Keep(2, secret)).hasToString("Keep[2, 6 bytes]");
        then(new MuxFrame.Keep(2, 1, Destination.udp("::1", 53), secret)).hasToString("Keep[2 @udp:[::1]:53, 6 bytes]");
        then(new MuxFrame.End(2, true)).hasToString("End[2 error]");
        then(new MuxFrame.End(2, false)).hasToString("End[2]");
        then(new MuxFrame.KeepAlive(0, 1, secret)).hasToString("KeepAlive[0, 6 bytes]");
    }

    @Test
    void counts_the_references_of_its_payload() {
        ByteBuf payload = ByteBufAllocator.DEFAULT.buffer().writeByte(1);
        var frame = new MuxFrame.Keep(1, payload);
        then(frame.retain().refCnt()).isEqualTo(2);
        then(frame.release()).isFalse();
        then(frame.touch("here").release()).isTrue();
        then(payload.refCnt()).isZero();
    }

    @Test
    void says_which_range_was_left() {
        thenThrownBy(() -> new MuxFrame.End(65_536, false)).hasMessage("session id: 65536 (expected: 0~65535)");
        thenThrownBy(() -> new MuxFrame.End(-1, false)).hasMessage("session id: -1 (expected: 0~65535)");
        thenThrownBy(() -> new MuxFrame.End(1, 256, Unpooled.EMPTY_BUFFER))
                .hasMessage("options: 256 (expected: 0~255)");
        thenThrownBy(() -> new MuxFrame.Keep(1, Unpooled.wrappedBuffer(new byte[65_536])))
                .hasMessage("payload: 65536 bytes (expected: 0~65535)");
        thenThrownBy(() -> new MuxFrame.Keep(1, 0, null, Hex.buffer("00")))
                .hasMessage("payload: 1 bytes (expected: none without DATA)");
    }
}
