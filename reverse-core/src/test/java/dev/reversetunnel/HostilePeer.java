package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** The other end of one tunnel, bytes and nothing else: says whatever the test says, and tells what became of it. */
final class HostilePeer implements AutoCloseable {
    /** The id that is never opened: a Keep with data for it is a ping. */
    private static final int PING = 65_535;

    private static final int END = 3;
    private static final int ERROR = 2;
    private static final int DATA = 1;

    private final Socket socket;
    private final DataInputStream in;
    /** Writes while answers are read: a peer that does not read is another rule. */
    private final ExecutorService writer = Executors.newSingleThreadExecutor();

    /** What became of a rule that was broken. */
    enum Outcome {
        /** The tunnel is closed. */
        TUNNEL,
        /** A session was ended with an error, or refused; the tunnel goes on. */
        SESSION,
        /** All goes on. */
        NOTHING
    }

    /** On a tunnel that is up, in either role. */
    private HostilePeer(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
    }

    /** A bridge that registers. */
    static HostilePeer bridge(int port, String domain) throws IOException {
        Socket socket = Tunnels.connect(port);
        ByteBuf header = Unpooled.buffer();
        Plain.writeHeader(header, Command.CONNECT, Plain.TESTER, Destination.tcp(domain, 0));
        socket.getOutputStream().write(ByteBufUtil.getBytes(header));
        return new HostilePeer(socket);
    }

    /** A portal to which a bridge has just connected: takes its header. */
    static HostilePeer portal(Socket socket) throws IOException {
        HostilePeer peer = new HostilePeer(socket);
        peer.in.skipNBytes(1); // register
        peer.in.skipNBytes(peer.in.readUnsignedByte());
        peer.in.skipNBytes(3); // port 0, a name
        peer.in.skipNBytes(peer.in.readUnsignedByte());
        return peer;
    }

    /** Sends bytes, and perhaps ends the output; what cannot be sent any more is seen by who reads. */
    void send(byte[] bytes, boolean end) {
        writer.execute(() -> {
            try {
                socket.getOutputStream().write(bytes);
                if (end) {
                    socket.shutdownOutput();
                }
            } catch (IOException e) {
                // the tunnel is closed: who reads sees it
            }
        });
    }

    /**
     * Says {@code opening}, then {@code more} again and again, as fast as it is taken, until the tunnel is closed or it
     * is {@code over}. What is answered is thrown away.
     *
     * @param counted gets the bytes that were sent
     */
    void flood(byte[] opening, byte[] more, BooleanSupplier over, AtomicLong counted) {
        writer.execute(
                () -> { // the other way round than usual: this thread writes
                    try {
                        in.transferTo(OutputStream.nullOutputStream());
                    } catch (IOException e) {
                        // closed
                    }
                });
        try {
            OutputStream out = socket.getOutputStream();
            out.write(opening);
            while (!over.getAsBoolean()) {
                out.write(more);
                counted.addAndGet(more.length);
            }
        } catch (IOException e) {
            // closed, which is what it asked for
        }
    }

    /** Asks whether the tunnel lives, and reads all that was said until then. */
    Outcome outcome() throws IOException {
        return outcome("");
    }

    /** The same; {@code behind} the question, and read with it, stands something more. */
    Outcome outcome(String behind) throws IOException {
        List<Integer> ended = new ArrayList<>();
        try {
            send(Hex.bytes("0004 ffff 02 01 0001 00" + behind), false);
            while (true) {
                byte[] metadata = new byte[in.readUnsignedShort()];
                in.readFully(metadata);
                int id = (metadata[0] & 0xff) << 8 | (metadata[1] & 0xff);
                if ((metadata[3] & DATA) != 0) {
                    in.skipNBytes(in.readUnsignedShort());
                }
                if (metadata[2] == END && id == PING && (metadata[3] & ERROR) == 0) {
                    return ended.isEmpty() ? Outcome.NOTHING : Outcome.SESSION;
                }
                if (metadata[2] == END && (metadata[3] & ERROR) != 0) {
                    ended.add(id);
                }
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("neither alive nor closed; ended: " + ended, e);
        } catch (IOException e) { // ended or reset
            return Outcome.TUNNEL;
        }
    }

    /** Whoever reads or writes now sees an end. */
    void cut() throws IOException {
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
        writer.shutdown();
    }
}
