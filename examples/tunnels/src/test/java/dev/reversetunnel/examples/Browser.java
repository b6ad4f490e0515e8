package dev.reversetunnel.examples;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** A visitor at 127.0.0.1. */
final class Browser {
    private Browser() {}

    /** The page as soon as there is one: bridges need a moment to connect. */
    static String pageOf(int port) {
        HttpClient browser = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .build();
        return await().atMost(Printed.PATIENCE)
                .ignoreException(IOException.class)
                .until(
                        () -> {
                            HttpResponse<String> page = browser.send(request, HttpResponse.BodyHandlers.ofString());
                            return page.statusCode() == 200 ? page.body() : null;
                        },
                        body -> body != null);
    }
}
