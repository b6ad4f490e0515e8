package dev.reversetunnel.config;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vless.VlessServer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * VLESS, at which bridges register, by a domain or by command, and users come in.
 *
 * @param users whom it knows
 * @param fallback where strangers go; null if they are sent away
 */
record VlessInbound(List<User> users, @Nullable FallbackPart fallback) implements InboundSettings {
    VlessInbound {
        users = List.copyOf(users);
    }

    /**
     * Somebody.
     *
     * @param email by which rules know him; null if they do not
     * @param id his secret
     * @param reverse the tag of the portal at which he registers by command; null if he does not
     */
    record User(
            Place place,
            @Nullable String email,
            Secret id,
            @Nullable String reverse) {
        String name() {
            return Accounts.name(email, place);
        }
    }

    /**
     * A user who registers at a portal.
     *
     * @param user his name
     * @param portal its tag
     */
    record Reverse(Place place, String user, String portal) {}

    static InboundSettings read(Section settings) {
        List<User> users = new ArrayList<>();
        for (Section client : Accounts.list(settings, "clients", "vless user")) {
            Secret id = Accounts.id(client);
            String email = Accounts.email(client);
            checkFlow(client);
            String reverse = reverse(client);
            if (id != null) {
                users.add(new User(client.place(), email, id, reverse));
            }
        }
        Accounts.checkSome(settings, "clients");
        checkNone(settings, "decryption");
        return new VlessInbound(users, FallbackPart.read(settings));
    }

    /** As there, it has to be said that nothing is encrypted. */
    static void checkNone(Section section, String key) {
        String text = section.text(key);
        if (text == null) {
            section.missing(key, "\"none\", in so many words: VLESS does not encrypt, TLS below it does");
        } else if (!text.equalsIgnoreCase("none")) {
            // what stands here may be a key
            section.faults()
                    .fault(
                            section.place(key),
                            "VLESS' own encryption is not supported (expected: \"none\", and TLS"
                                    + " below it: \"streamSettings\" with \"security\": \"tls\")");
        }
    }

    static void checkFlow(Section user) {
        String flow = user.text("flow", "");
        if (!flow.isEmpty()) {
            user.faults()
                    .fault(
                            user.place("flow"),
                            '"' + flow + "\" is not supported (expected: no \"flow\", at both ends;"
                                    + " tunnels gain nothing by it)");
        }
    }

    private static @Nullable String reverse(Section client) {
        Section reverse = client.section("reverse", "reverse of a vless user");
        return reverse == null ? null : reverse.required("tag", "the name of the portal, for rules");
    }

    @Override
    public String protocol() {
        return "vless";
    }

    @Override
    public List<Reverse> reverses() {
        List<Reverse> reverses = new ArrayList<>();
        for (User user : users) {
            if (user.reverse != null) {
                reverses.add(new Reverse(user.place, user.name(), user.reverse));
            }
        }
        return reverses;
    }

    @Override
    public Inbound build(Listener at) {
        VlessServer server = at.bind(Vless.server(at.port())).client().insecure();
        for (User user : users) {
            server = user.reverse == null
                    ? server.user(user.name(), user.id.text())
                    : server.reverseUser(user.name(), user.id.text());
        }
        return fallback == null ? server : server.fallback(fallback.build());
    }

    @Override
    public Json print(Format format) {
        Json settings = Json.object()
                .withAll(
                        "clients",
                        users.stream().map(user -> print(user, format)).toArray(Json[]::new))
                .with("decryption", "none");
        return fallback == null ? settings : settings.withAll("fallbacks", fallback.print());
    }

    private static Json print(User user, Format format) {
        Json client = Json.object().with("id", user.id.text());
        if (user.email != null) {
            client.with("email", user.email);
        }
        if (user.reverse != null && format != Format.XRAY_REVERSE) {
            throw new IllegalArgumentException(
                    "reverse: only Xray 25.9.10 and newer know it" + " (expected: XRAY_REVERSE)");
        }
        return user.reverse == null
                ? client
                : client.with("reverse", Json.object().with("tag", user.reverse));
    }
}
