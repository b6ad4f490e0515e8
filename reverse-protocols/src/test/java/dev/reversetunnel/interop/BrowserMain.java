package dev.reversetunnel.interop;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Opens pages as browsers do, several connections at a time, kept alive, HTTP/2 where TLS agrees on it; in a JVM of its
 * own, since names are looked up in a file that is named at its start ({@code jdk.net.hosts.file}). Prints a line for
 * each address that was given: {@code HTTP_1_1 page, page, ...}, or for a WebSocket what was echoed.
 */
final class BrowserMain {
    private static final int REQUESTS = 12;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HttpClient client;

    private BrowserMain(HttpClient client) {
        this.client = client;
    }

    /** A file with an authority to trust, then addresses. */
    public static void main(String[] arguments) throws Exception {
        SSLContext trust = trusting(Path.of(arguments[0]));
        for (String address : List.of(arguments).subList(1, arguments.length)) {
            URI uri = URI.create(address);
            // Browsers keep connections of HTTP/1.1 for each host. This client (JDK 17) keeps them for each IP address,
            // and would ask one host for the pages of another.
            BrowserMain browser = new BrowserMain(HttpClient.newBuilder()
                    .sslContext(trust)
                    .connectTimeout(PATIENCE)
                    .build());
            System.out.println(
                    address + ": " + (uri.getScheme().startsWith("ws") ? browser.echoOf(uri) : browser.pagesOf(uri)));
        }
    }

    private static SSLContext trusting(Path authority) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (var in = Files.newInputStream(authority)) {
            store.setCertificateEntry(
                    "authority", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), new SecureRandom());
        return context;
    }

    /** The same page many times, half of them at once. */
    private String pagesOf(URI uri) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri).timeout(PATIENCE).build();
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < REQUESTS / 2; i++) {
            answers.add(client.sendAsync(request, BodyHandlers.ofString()));
        }
        for (CompletableFuture<HttpResponse<String>> answer : List.copyOf(answers)) {
            answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            answers.add(CompletableFuture.completedFuture(client.send(request, BodyHandlers.ofString())));
        }
        List<String> distinct = answers.stream()
                .map(answer -> answer.join().version() + " " + answer.join().body())
                .distinct()
                .toList();
        return answers.size() + " times " + String.join(", ", distinct);
    }

    private String echoOf(URI uri) throws Exception {
        CompletableFuture<String> heard = new CompletableFuture<>();
        WebSocket socket = client.newWebSocketBuilder()
                .connectTimeout(PATIENCE)
                .buildAsync(uri, new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
                        heard.complete(text.toString());
                        from.request(1);
                        return null;
                    }

                    @Override
                    public void onError(WebSocket from, Throwable error) {
                        heard.completeExceptionally(error);
                    }
                })
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        socket.sendText("hello", true).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        String echo = heard.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return echo;
    }
}
