package dev.reversetunnel.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** What the examples reach: a web server at 127.0.0.1 that says one sentence. */
final class Site implements AutoCloseable {
    private final HttpServer server;

    private Site(HttpServer server) {
        this.server = server;
    }

    static Site saying(String sentence) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> answer(exchange, sentence));
        server.start();
        return new Site(server);
    }

    /** Ends a request with a page of one sentence. */
    static void answer(HttpExchange exchange, String sentence) throws IOException {
        byte[] page = sentence.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, page.length);
        exchange.getResponseBody().write(page);
        exchange.close();
    }

    /** The page at a port of this machine. */
    static String read(int port) throws IOException {
        return read(port, Proxy.NO_PROXY);
    }

    /** The page of a host that is not in the DNS, at a port of this machine. */
    static String read(String host, int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return read(host, socket.getInputStream(), socket.getOutputStream());
        }
    }

    /** The page of a host that is known behind a SOCKS5 proxy at 127.0.0.1 only. */
    static String readBySocks(int proxyPort, String host, int port) throws IOException {
        try (Socket socket = new Socket(socks(proxyPort))) {
            socket.connect(InetSocketAddress.createUnresolved(host, port));
            return read(host, socket.getInputStream(), socket.getOutputStream());
        }
    }

    /** The page of a host, by a connection to it. */
    static String read(String host, InputStream in, OutputStream out) throws IOException {
        out.write(("GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }

    /** The page at a port of the machine that a SOCKS5 proxy at 127.0.0.1 leads to. */
    static String readBySocks(int proxyPort, int port) throws IOException {
        return read(port, socks(proxyPort));
    }

    private static Proxy socks(int port) {
        return new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    private static String read(int port, Proxy proxy) throws IOException {
        URI address = URI.create("http://127.0.0.1:" + port + "/");
        try (InputStream page = address.toURL().openConnection(proxy).getInputStream()) {
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
