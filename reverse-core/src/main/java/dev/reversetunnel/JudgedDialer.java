package dev.reversetunnel;

import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A dialer that looks no name up again that the rules had looked up: another answer would be one that they have not
 * judged.
 *
 * @param dialer for everything else
 * @param judged what was found for a name, or why nothing was; null for a name that the rules did not ask for
 */
record JudgedDialer(Dialer dialer, Function<String, @Nullable Route> judged) implements ForwardingDialer {
    @Override
    public Future<List<InetAddress>> resolve(String host) {
        Route route = judged.apply(host);
        if (route == null) {
            return dialer.resolve(host);
        }
        Throwable unresolved = route.unresolved();
        return unresolved == null
                ? loop().newSucceededFuture(route.request().addresses())
                : loop().newFailedFuture(unresolved);
    }
}
