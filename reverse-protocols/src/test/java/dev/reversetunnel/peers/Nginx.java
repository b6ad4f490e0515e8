package dev.reversetunnel.peers;

import java.util.List;

/**
 * A process of nginx that hands each HTTP request and WebSocket on to one server, both at 127.0.0.1: one process in the
 * foreground, with all its files in a directory of its own. Ends with {@link #close()}, and with the JVM at the latest.
 *
 * <p>Safe for use by several threads.
 */
public final class Nginx extends PeerProcess {
    private static final Peer PEER = new Peer("nginx");
    private static final String DOCUMENT = "nginx.conf";

    private Nginx(String configuration) {
        super(PEER, "", directoryWith(DOCUMENT, configuration), List.of("-p", ".", "-c", DOCUMENT, "-e", "stderr"));
    }

    /**
     * In plain HTTP.
     *
     * @param port where it listens, at 127.0.0.1
     * @param serverPort where it hands requests to
     * @return running
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static Nginx inFrontOf(int port, int serverPort) {
        return run(port, serverPort, "");
    }

    /**
     * In HTTPS; what it hands on is plain HTTP.
     *
     * @param port where it listens, at 127.0.0.1
     * @param serverPort where it hands requests to
     * @param certificate its own
     * @return running
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static Nginx inFrontOf(int port, int serverPort, TestCertificate certificate) {
        return run(port, serverPort, """
            ssl_certificate %s;
                        ssl_certificate_key %s;\
            """.formatted(certificate.chain(), certificate.key()));
    }

    private static Nginx run(int port, int serverPort, String tls) {
        String configuration = """
            daemon off;
            master_process off;
            pid nginx.pid;
            events { worker_connections 512; }
            http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                # as nginx's manual has it: a request that does not ask for an upgrade must not be handed on as one
                map $http_upgrade $connection_upgrade {
                    default upgrade;
                    '' close;
                }
                server {
                    listen 127.0.0.1:%1$d%2$s;
                    %3$s
                    location / {
                        proxy_pass http://127.0.0.1:%4$d;
                        proxy_http_version 1.1;
                        proxy_set_header Host $host;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection $connection_upgrade;
                        proxy_set_header X-Forwarded-For $remote_addr;
                    }
                }
            }
            """.formatted(port, tls.isEmpty() ? "" : " ssl", tls, serverPort);
        return start(() -> new Nginx(configuration), Ready.accepts(port));
    }
}
