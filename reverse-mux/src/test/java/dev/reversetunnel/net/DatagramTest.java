package dev.reversetunnel.net;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(BufferLeakExtension.class)
class DatagramTest {
    private static final Destination PEER = Destination.udp("192.0.2.53", 53);

    @Test
    void owns_its_content() {
        ByteBuf content = ByteBufAllocator.DEFAULT.buffer().writeByte(1);
        var datagram = new Datagram(PEER, content);
        then(datagram.release()).isTrue();
        then(content.refCnt()).isZero();
    }

    @Test
    void tells_peer_and_size_and_never_the_payload() {
        ByteBuf content = ByteBufAllocator.DEFAULT.buffer().writeBytes(Hex.bytes("736563726574"));
        var datagram = new Datagram(PEER, content);
        then(datagram).hasToString("Datagram[udp:192.0.2.53:53, 6 bytes]");
        datagram.release();
        then(datagram).hasToString("Datagram[udp:192.0.2.53:53, released]");
    }

    @Test
    void is_equal_to_one_with_the_same_peer_and_bytes() {
        var datagram = new Datagram(PEER, Hex.buffer("0102"));
        then(datagram)
                .isEqualTo(new Datagram(PEER, Hex.buffer("0102")))
                .hasSameHashCodeAs(new Datagram(PEER, Hex.buffer("0102")))
                .isNotEqualTo(new Datagram(PEER, Hex.buffer("0103")))
                .isNotEqualTo(new Datagram(Destination.udp("192.0.2.53", 54), Hex.buffer("0102")));
    }

    @Test
    void keeps_its_peer_when_the_content_is_replaced_or_copied() {
        var datagram = new Datagram(PEER, Hex.buffer("0102"));
        then(datagram.replace(Hex.buffer("03"))).isEqualTo(new Datagram(PEER, Hex.buffer("03")));
        then(datagram.copy()).isEqualTo(datagram).isNotSameAs(datagram);
    }
}
