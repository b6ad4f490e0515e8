package dev.reversetunnel.vless;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.peers.Client;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;

/** Somebody at a port of ours, by a connection or by datagrams. */
interface Visitor {
    /** Where he comes from. */
    Destination source();

    /** Where he has come to. */
    Destination local();

    void send(byte[] bytes) throws IOException;

    /** So many bytes, or fewer if it ends before; of datagrams, one. */
    byte[] receive(int count) throws IOException;

    void leave(boolean reset) throws IOException;

    /** A new one. */
    static Visitor come(Network network, int port) throws IOException {
        return network == Network.UDP ? byDatagrams(port) : byStream(port);
    }

    private static Visitor byStream(int port) throws IOException {
        Socket socket = Client.connect(port);
        return new Visitor() {
            @Override
            public Destination source() {
                return Destination.of(Network.TCP, (InetSocketAddress) socket.getLocalSocketAddress());
            }

            @Override
            public Destination local() {
                return Destination.of(Network.TCP, (InetSocketAddress) socket.getRemoteSocketAddress());
            }

            @Override
            public void send(byte[] bytes) throws IOException {
                socket.getOutputStream().write(bytes);
            }

            @Override
            public byte[] receive(int count) throws IOException {
                return socket.getInputStream().readNBytes(count);
            }

            @Override
            public void leave(boolean reset) throws IOException {
                if (reset) {
                    socket.setSoLinger(true, 0);
                }
                socket.close();
            }
        };
    }

    private static Visitor byDatagrams(int port) throws IOException {
        DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        socket.connect(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) Client.PATIENCE.toMillis());
        return new Visitor() {
            @Override
            public Destination source() {
                return Destination.of(Network.UDP, (InetSocketAddress) socket.getLocalSocketAddress());
            }

            @Override
            public Destination local() {
                return Destination.of(Network.UDP, (InetSocketAddress) socket.getRemoteSocketAddress());
            }

            @Override
            public void send(byte[] bytes) throws IOException {
                socket.send(new DatagramPacket(bytes, bytes.length));
            }

            @Override
            public byte[] receive(int count) throws IOException {
                DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
                socket.receive(packet);
                return Arrays.copyOf(packet.getData(), packet.getLength());
            }

            @Override
            public void leave(boolean reset) {
                socket.close();
            }
        };
    }
}
