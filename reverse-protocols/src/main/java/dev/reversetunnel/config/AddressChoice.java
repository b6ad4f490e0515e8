package dev.reversetunnel.config;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.ForwardingDialer;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Request;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Which addresses of a name {@code freedom} dials, as its {@code domainStrategy} says. */
enum AddressChoice {
    AS_IS("AsIs"),
    USE_IP("UseIP"),
    USE_IPV4("UseIPv4"),
    USE_IPV6("UseIPv6"),
    USE_IPV4V6("UseIPv4v6"),
    USE_IPV6V4("UseIPv6v4"),
    FORCE_IP("ForceIP"),
    FORCE_IPV4("ForceIPv4"),
    FORCE_IPV6("ForceIPv6"),
    FORCE_IPV4V6("ForceIPv4v6"),
    FORCE_IPV6V4("ForceIPv6v4");

    private final String text;

    AddressChoice(String text) {
        this.text = text;
    }

    /** Reads it under one of two names. */
    static AddressChoice read(Section section, String key, String newer) {
        Map<String, AddressChoice> words = new LinkedHashMap<>();
        for (AddressChoice choice : values()) {
            words.put(choice.text, choice);
        }
        words.put("", AS_IS);
        AddressChoice choice = section.oneOf(section.has(newer) ? newer : key, words);
        return choice == null ? AS_IS : choice;
    }

    /** All addresses are tried anyway, so that only a family makes a difference. */
    Outbound applyTo(Outbound outbound) {
        return text.contains("v") ? new Choosing(this, outbound) : outbound;
    }

    void print(Json settings, Format format) {
        if (this == AS_IS) {
            return;
        }
        boolean isOfV2Ray = this == USE_IP || this == USE_IPV4 || this == USE_IPV6;
        if (format == Format.V2RAY && !isOfV2Ray) {
            throw new IllegalArgumentException(
                    "domainStrategy: " + text + " is unknown to V2Ray 4 (expected: AsIs, UseIP, UseIPv4 or UseIPv6)");
        }
        settings.with("domainStrategy", text);
    }

    /** The ones to dial, in their order; none if only others are there. */
    List<InetAddress> of(List<InetAddress> found) {
        List<InetAddress> four =
                found.stream().filter(Inet4Address.class::isInstance).toList();
        List<InetAddress> six =
                found.stream().filter(ip -> !(ip instanceof Inet4Address)).toList();
        String families = text.substring(text.indexOf("IP") + 2).toLowerCase(Locale.ROOT);
        List<InetAddress> chosen = new ArrayList<>();
        if (families.startsWith("v4")) {
            chosen.addAll(four);
            chosen.addAll(families.endsWith("v6") ? six : List.of());
        } else {
            chosen.addAll(six);
            chosen.addAll(families.endsWith("v4") ? four : List.of());
        }
        return chosen.isEmpty() && text.startsWith("Use") ? found : List.copyOf(chosen);
    }

    private TunnelException none(String host) {
        return new TunnelException(host + " has no address that domainStrategy " + text
                + " may dial; is there one of the other family only?");
    }

    /** Dials some addresses of names only. */
    private record Choosing(AddressChoice choice, Outbound outbound) implements Outbound {
        @Override
        public Future<Channel> connect(Request request, Dialer dialer) {
            List<InetAddress> judged = request.addresses();
            if (judged.isEmpty() || !request.destination().isDomain()) {
                return outbound.connect(request, new Look(choice, dialer));
            }
            List<InetAddress> left = choice.of(judged);
            return left.isEmpty()
                    ? dialer.loop()
                            .newFailedFuture(choice.none(request.destination().host()))
                    : outbound.connect(request.addresses(left), new Look(choice, dialer));
        }

        @Override
        public boolean sharesDatagrams(Request request) {
            return outbound.sharesDatagrams(request);
        }

        @Override
        public String toString() {
            return outbound + ", " + choice.text;
        }
    }

    /** Finds some addresses of names only. */
    private record Look(AddressChoice choice, Dialer dialer) implements ForwardingDialer {
        @Override
        public Future<List<InetAddress>> resolve(String host) {
            Future<List<InetAddress>> all = dialer.resolve(host);
            if (!Destination.tcp(host, 0).isDomain()) {
                return all;
            }
            Promise<List<InetAddress>> result = dialer.loop().newPromise();
            all.addListener((Future<List<InetAddress>> found) -> {
                List<InetAddress> left = found.isSuccess() ? choice.of(found.getNow()) : List.of();
                if (!found.isSuccess()) {
                    result.setFailure(found.cause());
                } else if (left.isEmpty()) {
                    result.setFailure(choice.none(host));
                } else {
                    result.setSuccess(left);
                }
            });
            return result;
        }
    }
}
