package dev.reversetunnel.vless;

import dev.reversetunnel.Command;
import dev.reversetunnel.crypto.UserId;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortFirstAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/**
 * The header of a request.
 *
 * <pre>
 *  0         1      17           18       18+m      19+m
 * +---------+------+------------+--------+---------+---------------------+
 * | version | user | m          | addons | command | port, type, address |
 * |    0    | id   | (0 for us) |        |         | commands 1, 2 only  |
 * +---------+------+------------+--------+---------+---------------------+
 * </pre>
 *
 * @see <a href="https://xtls.github.io/en/development/protocols/vless.html">VLESS</a>, which does not know command 4
 */
final class RequestHeader {
    static final byte VERSION = 0;
    static final int ID_OFFSET = 1;
    static final int ADDONS_LENGTH_OFFSET = ID_OFFSET + UserId.BYTES;

    /** What comes before the addons. Servers with a fallback want as much in their first read. */
    static final int FIXED_BYTES = ADDONS_LENGTH_OFFSET + 1;

    static final int TCP = 1;
    static final int UDP = 2;
    static final int MUX = 3;
    static final int REVERSE = 4;

    private RequestHeader() {}

    /** The header with which a client asks; always without a flow. */
    static byte[] encode(UserId user, VlessRequest request) {
        boolean hasAddress = request.command() == Command.CONNECT;
        ByteBuf out =
                Unpooled.buffer(FIXED_BYTES + 1 + (hasAddress ? PortFirstAddress.length(request.destination()) : 0));
        out.writeByte(VERSION).writeBytes(user.bytes()).writeByte(0).writeByte(code(request));
        if (hasAddress) {
            PortFirstAddress.write(out, request.destination());
        }
        return ByteBufUtil.getBytes(out);
    }

    static int code(VlessRequest request) {
        return switch (request.command()) {
            case CONNECT -> request.destination().network() == Network.UDP ? UDP : TCP;
            case MUX -> MUX;
            case REVERSE -> REVERSE;
        };
    }
}
