package dev.reversetunnel;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request as rules see it.
 *
 * @param request what was asked for
 * @param name the host that was sniffed, or else that was asked for; lower case; empty if only an address is known
 * @param addresses of the destination, as far as they are known
 * @param mayResolve whether rules for addresses have to wait until the destination's name is resolved
 * @param unresolved why the name has no address, if it was looked up in vain; null otherwise
 */
record Judged(
        Request request,
        String name,
        List<InetAddress> addresses,
        boolean mayResolve,
        @Nullable Throwable unresolved) {
    /** A request whose name, if it has one, is not resolved yet. */
    static Judged of(Request request, boolean mayResolve) {
        Sniffed sniffed = request.sniffed();
        String host = request.destination().host();
        InetAddress literal = request.destination().address();
        String name = "";
        if (sniffed != null && !sniffed.name().isEmpty()) {
            name = DomainSet.canonical(sniffed.name());
        } else if (literal == null) {
            name = DomainSet.canonical(host);
        }
        List<InetAddress> known = literal == null ? request.addresses() : List.of(literal);
        return new Judged(request, name, known, mayResolve && known.isEmpty(), null);
    }

    /** The same after the look-up. */
    Judged resolved(List<InetAddress> found) {
        return new Judged(request, name, found, false, null);
    }

    /** The same after a look-up that has found nothing. */
    Judged unresolved(Throwable cause) {
        return new Judged(request, name, List.of(), false, cause);
    }
}
