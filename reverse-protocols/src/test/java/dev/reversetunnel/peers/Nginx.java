package dev.reversetunnel.peers;

import java.nio.file.Path;
import java.util.List;

/**
 * A process of nginx: a single one, in the foreground, with all its files in a directory of its own. Ends with
 * {@link #close()}, and with the JVM at the latest.
 *
 * <p>Safe for use by several threads.
 */
public final class Nginx extends PeerProcess {
    /** The package of the module that hands plain TCP on: what {@link #introducing} needs besides nginx. */
    public static final String STREAM = "libnginx-mod-stream";

    /** Where {@link #introducing} comes from: nobody else does. */
    public static final String INTRODUCER = "127.0.0.3";

    static final Path STREAM_MODULE = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");

    private static final Peer PEER = new Peer("nginx");
    private static final String DOCUMENT = "nginx.conf";

    private Nginx(String document) {
        super(PEER, "", directoryWith(DOCUMENT, document), List.of("-p", ".", "-c", DOCUMENT, "-e", "stderr"));
    }

    /**
     * Starts it and waits until it accepts connections.
     *
     * @param document what it does
     * @return running
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static Nginx start(NginxDocument document) {
        return start(() -> new Nginx(document.text()), Ready.accepts(document.port()));
    }

    /**
     * A web server with sites that know no name: each answers at its own ports whatever it is asked for, in plain HTTP
     * and, with HTTP/2, in HTTPS.
     *
     * @param certificate of all
     * @param sites each says its {@code page} at 127.0.0.1
     * @return running
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static Nginx serving(TestCertificate certificate, Site... sites) {
        StringBuilder servers = new StringBuilder();
        for (Site site : sites) {
            servers.append(site.text(certificate));
        }
        return start(
                () -> new Nginx(NginxDocument.around(servers.toString())),
                Ready.accepts(sites[sites.length - 1].https()));
    }

    /**
     * A site of {@link #serving}.
     *
     * @param page all that it has
     * @param http its port
     * @param https its other port
     */
    public record Site(String page, int http, int https) {
        private String text(TestCertificate certificate) {
            return """
                server {
                    listen 127.0.0.1:%d;
                    listen 127.0.0.1:%d ssl http2;
                    ssl_certificate %s;
                    ssl_certificate_key %s;
                    location / { default_type text/plain; return 200 "%s"; }
                }
                """.formatted(http, https, certificate.chain(), certificate.key(), page);
        }
    }

    /**
     * One that hands TCP connections on, each behind a header of the PROXY protocol, version 1.
     *
     * @param port where it listens, at 127.0.0.1
     * @param serverPort where it hands them to, at 127.0.0.1
     * @return running
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static Nginx introducing(int port, int serverPort) {
        return start(() -> new Nginx(NginxDocument.introducing(port, serverPort)), Ready.accepts(port));
    }

    /**
     * The same with a document that a main one would include, as those of {@code /etc/nginx/conf.d}.
     *
     * @param server a server's block
     * @param port where it listens, at 127.0.0.1
     * @return running
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static Nginx including(String server, int port) {
        return start(() -> new Nginx(NginxDocument.around(server)), Ready.accepts(port));
    }
}
