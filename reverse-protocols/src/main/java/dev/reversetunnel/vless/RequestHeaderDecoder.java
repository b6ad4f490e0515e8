package dev.reversetunnel.vless;

import dev.reversetunnel.Command;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.net.AddressException;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortFirstAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads one request header, in pieces of any size, and says that it is wrong as soon as that is sure. Keeps no more
 * than the header's own bytes, 533 at most.
 */
final class RequestHeaderDecoder {
    // of an address, see PortFirstAddress
    private static final int PORT_AND_TYPE = 3;
    private static final int IPV4 = 1;
    private static final int DOMAIN = 2;
    private static final int IPV6 = 3;

    /** What a peer wrote is repeated in a log, but not at any length. */
    private static final int LONGEST_MESSAGE = 256;

    private static final int ROOM_FOR_MOST = 64;

    private final UserSearch users;

    private byte[] header = new byte[ROOM_FOR_MOST];
    private int filled;
    private int needed = 1;
    private Part part = Part.VERSION;
    private @Nullable VlessUser user;
    private String flow = "";
    private Network network = Network.TCP;
    private int addressAt;

    RequestHeaderDecoder(UserSearch users) {
        this.users = users;
    }

    /**
     * Reads on.
     *
     * @param in what is behind the header stays in it
     * @return the request; null if more bytes are needed
     * @throws CarrierException if the header is wrong; its reason says whether the peer has shown an id
     */
    @Nullable
    Opening read(ByteBuf in) {
        while (fill(in)) {
            VlessRequest request = next();
            if (request != null) {
                return new Opening(user(), request);
            }
        }
        return null;
    }

    /** Whether not one byte came yet. */
    boolean isEmpty() {
        return filled == 0;
    }

    /** Whether the peer has shown an id. */
    boolean knowsUser() {
        return user != null;
    }

    private boolean fill(ByteBuf in) {
        int length = Math.min(needed - filled, in.readableBytes());
        if (filled + length > header.length) {
            header = Arrays.copyOf(header, needed);
        }
        in.readBytes(header, filled, length);
        filled += length;
        return filled == needed;
    }

    /** Takes the part that is complete, and says which one comes next; or gives the request. */
    private @Nullable VlessRequest next() {
        switch (part) {
            case VERSION -> {
                readVersion();
                expect(Part.USER, RequestHeader.ADDONS_LENGTH_OFFSET - RequestHeader.ID_OFFSET);
            }
            case USER -> {
                readUser();
                expect(Part.ADDONS_LENGTH, 1);
            }
            case ADDONS_LENGTH -> expect(Part.ADDONS_AND_COMMAND, last() + 1);
            case ADDONS_AND_COMMAND -> {
                flow = Addons.flow(Arrays.copyOfRange(header, RequestHeader.FIXED_BYTES, filled - 1));
                return readCommand();
            }
            case PORT_AND_TYPE -> expectAddress();
            case DOMAIN_LENGTH -> expect(Part.ADDRESS, last());
            case ADDRESS -> {
                return readAddress();
            }
        }
        return null;
    }

    private void expect(Part next, int length) {
        part = next;
        needed = filled + length;
    }

    private int last() {
        return header[filled - 1] & 0xff;
    }

    private void readVersion() {
        if (header[0] != RequestHeader.VERSION) {
            throw new CarrierException(
                    Reason.VERSION, "version: " + last() + " (expected: " + RequestHeader.VERSION + ")");
        }
    }

    private void readUser() {
        user = users.find(Arrays.copyOfRange(header, RequestHeader.ID_OFFSET, RequestHeader.ADDONS_LENGTH_OFFSET));
        if (user == null) {
            throw new CarrierException(Reason.UNKNOWN_USER, "id: nobody's (expected: that of a user of this server)");
        }
    }

    private @Nullable VlessRequest readCommand() {
        switch (last()) {
            case RequestHeader.MUX -> {
                return new VlessRequest(Command.MUX, VlessRequest.MUX, flow);
            }
            case RequestHeader.REVERSE -> {
                return new VlessRequest(Command.REVERSE, VlessRequest.REVERSE, flow);
            }
            case RequestHeader.TCP -> network = Network.TCP;
            case RequestHeader.UDP -> network = Network.UDP;
            default ->
                throw new CarrierException(
                        Reason.COMMAND, "command: " + last() + " (expected: 1 TCP, 2 UDP, 3 Mux, or 4 Reverse)");
        }
        addressAt = filled;
        expect(Part.PORT_AND_TYPE, PORT_AND_TYPE);
        return null;
    }

    private void expectAddress() {
        switch (last()) {
            case IPV4 -> expect(Part.ADDRESS, 4);
            case DOMAIN -> expect(Part.DOMAIN_LENGTH, 1);
            case IPV6 -> expect(Part.ADDRESS, 16);
            default -> throw new CarrierException(Reason.ADDRESS, "address type: " + last() + " (expected: 1~3)");
        }
    }

    private VlessRequest readAddress() {
        ByteBuf address = Unpooled.wrappedBuffer(header, addressAt, filled - addressAt);
        try {
            return new VlessRequest(Command.CONNECT, PortFirstAddress.read(address, network), flow);
        } catch (AddressException e) {
            String message = String.valueOf(e.getMessage());
            throw new CarrierException(
                    Reason.ADDRESS, message.substring(0, Math.min(message.length(), LONGEST_MESSAGE)));
        }
    }

    private VlessUser user() {
        if (user == null) {
            throw new IllegalStateException("the user is looked for first");
        }
        return user;
    }

    /** What is read next. */
    private enum Part {
        VERSION,
        USER,
        ADDONS_LENGTH,
        ADDONS_AND_COMMAND,
        PORT_AND_TYPE,
        DOMAIN_LENGTH,
        ADDRESS
    }

    /** Who asked, and what for. */
    record Opening(VlessUser user, VlessRequest request) {}
}
