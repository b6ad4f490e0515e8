package dev.reversetunnel.peers;

/**
 * Documents of sing-box: a client and a server for every {@link SingBoxCarrier}, and a proxy; TCP and UDP.
 *
 * @see <a href="https://sing-box.sagernet.org/configuration/">Configuration</a>
 */
public final class SingBoxDocuments {
    private SingBoxDocuments() {}

    /**
     * A client that asks its server for one target.
     *
     * @param port where its users come in, TCP and UDP, at 127.0.0.1
     * @param targetPort of the target, at 127.0.0.1 as the server sees it
     * @param serverPort where the server is, at 127.0.0.1
     * @param carrier what the server speaks
     * @return a document for {@link SingBox#start}
     */
    public static String client(int port, int targetPort, int serverPort, SingBoxCarrier carrier) {
        return document("""
            { "type": "direct", "listen": "127.0.0.1", "listen_port": %d,
              "override_address": "127.0.0.1", "override_port": %d }""".formatted(port, targetPort), outbound(serverPort, carrier));
    }

    /**
     * A client that asks its server for what its users want.
     *
     * @param port of its proxy, at 127.0.0.1: SOCKS5 with UDP associations, and HTTP
     * @param serverPort where the server is, at 127.0.0.1
     * @param carrier what the server speaks
     * @return a document for {@link SingBox#start}
     */
    public static String mixed(int port, int serverPort, SingBoxCarrier carrier) {
        return document("""
            { "type": "mixed", "listen": "127.0.0.1", "listen_port": %d }""".formatted(port), outbound(serverPort, carrier));
    }

    /**
     * A server that connects wherever its clients want.
     *
     * @param port where it listens, at 127.0.0.1
     * @param carrier what it speaks
     * @return a document for {@link SingBox#start}
     */
    public static String server(int port, SingBoxCarrier carrier) {
        return document("""
            { "type": "%s", "listen": "127.0.0.1", "listen_port": %d%s }""".formatted(carrier.type(), port, carrier.inbound()), """
            { "type": "direct" }""");
    }

    /**
     * A proxy without a server behind it: SOCKS5 with UDP associations, and HTTP.
     *
     * @param port where it listens, at 127.0.0.1
     * @return a document for {@link SingBox#start}
     */
    public static String proxy(int port) {
        return proxy(port, "");
    }

    /**
     * The same for one user.
     *
     * @param port where it listens, at 127.0.0.1
     * @param user its name
     * @param password the user's
     * @return a document for {@link SingBox#start}
     */
    public static String proxy(int port, String user, String password) {
        return proxy(port, """
            , "users": [{ "username": "%s", "password": "%s" }]""".formatted(user, password));
    }

    private static String proxy(int port, String users) {
        return document("""
            { "type": "mixed", "listen": "127.0.0.1", "listen_port": %d%s }""".formatted(port, users), """
            { "type": "direct" }""");
    }

    private static String outbound(int serverPort, SingBoxCarrier carrier) {
        return """
            { "type": "%s", "server": "127.0.0.1", "server_port": %d%s }""".formatted(carrier.type(), serverPort, carrier.outbound());
    }

    private static String document(String inbound, String outbound) {
        return """
            {
              "log": { "level": "info" },
              "inbounds": [
                %s
              ],
              "outbounds": [
                %s
              ]
            }
            """.formatted(inbound, outbound);
    }
}
