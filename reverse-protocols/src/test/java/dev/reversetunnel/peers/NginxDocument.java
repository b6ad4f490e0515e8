package dev.reversetunnel.peers;

import java.time.Duration;

/**
 * A configuration of nginx that hands each HTTP request and WebSocket on to one server.
 *
 * @param port where it listens, at 127.0.0.1
 * @param serverPort where it hands requests to, in plain HTTP, at 127.0.0.1
 * @param tls empty, or its certificate and key
 * @param silence how long the server may send nothing before nginx ends a request or a WebSocket, in whole milliseconds
 * @see <a href="https://nginx.org/en/docs/http/websocket.html">WebSocket proxying</a>
 */
public record NginxDocument(int port, int serverPort, String tls, Duration silence) {
    /** What nginx does if nobody configures it. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    /**
     * In plain HTTP.
     *
     * @param port where it listens, at 127.0.0.1
     * @param serverPort where it hands requests to, at 127.0.0.1
     * @return ends what is silent for 60 s
     */
    public static NginxDocument inFrontOf(int port, int serverPort) {
        return new NginxDocument(port, serverPort, "", SILENCE);
    }

    /**
     * The same in HTTPS; what it hands on stays plain HTTP.
     *
     * @param certificate its own
     * @return a changed copy
     */
    public NginxDocument tls(TestCertificate certificate) {
        return new NginxDocument(
                port,
                serverPort,
                "ssl_certificate %s; ssl_certificate_key %s;".formatted(certificate.chain(), certificate.key()),
                silence);
    }

    /**
     * The same with other patience.
     *
     * @param longest the server may send nothing
     * @return a changed copy
     */
    public NginxDocument silence(Duration longest) {
        return new NginxDocument(port, serverPort, tls, longest);
    }

    /** For a process whose directory is its prefix. */
    String text() {
        return around("""
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
                        proxy_read_timeout %5$dms;
                        proxy_set_header Host $host;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection $connection_upgrade;
                        proxy_set_header X-Forwarded-For $remote_addr;
                    }
                }
            """.formatted(port, tls.isEmpty() ? "" : " ssl", tls, serverPort, silence.toMillis()));
    }

    /** TCP, behind a header that tells who comes. */
    static String introducing(int port, int serverPort) {
        return """
            load_module %s;
            daemon off;
            master_process off;
            pid nginx.pid;
            events { worker_connections 512; }
            stream {
                server {
                    listen 127.0.0.1:%d;
                    proxy_pass 127.0.0.1:%d;
                    proxy_bind %s;
                    proxy_protocol on;
                }
            }
            """.formatted(Nginx.STREAM_MODULE, port, serverPort, Nginx.INTRODUCER);
    }

    /** What stands in a main document around those that it includes, of a process as above. */
    static String around(String servers) {
        return """
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
            """ + servers + "}\n";
    }
}
