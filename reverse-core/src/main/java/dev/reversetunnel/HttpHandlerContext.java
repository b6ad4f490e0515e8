package dev.reversetunnel;

import com.sun.net.httpserver.Authenticator;
import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The one context of an {@link HttpOutbound}: every path is its handler's. */
final class HttpHandlerContext extends HttpContext {
    private final HttpHandler handler;
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();

    HttpHandlerContext(HttpHandler handler) {
        this.handler = handler;
    }

    @Override
    public HttpHandler getHandler() {
        return handler;
    }

    @Override
    public void setHandler(HttpHandler other) {
        throw new UnsupportedOperationException(
                "setHandler: the handler is fixed (call Outbound.http(...) with another)");
    }

    @Override
    public String getPath() {
        return "/";
    }

    @Override
    public HttpServer getServer() {
        throw new UnsupportedOperationException("getServer: requests come through a tunnel, there is no HttpServer");
    }

    @Override
    public Map<String, Object> getAttributes() {
        return attributes;
    }

    @Override
    public List<Filter> getFilters() {
        return List.of();
    }

    @Override
    public @Nullable Authenticator setAuthenticator(Authenticator authenticator) {
        throw new UnsupportedOperationException("setAuthenticator: not offered (let the handler check credentials)");
    }

    @Override
    public @Nullable Authenticator getAuthenticator() {
        return null;
    }
}
