package dev.reversetunnel.config;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.vmess.VmessServer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * VMess, at which bridges register and users come in.
 *
 * @param users whom it knows
 * @param encryptedOnly whether users have to encrypt, as {@code disableInsecureEncryption} says
 */
record VmessInbound(List<User> users, boolean encryptedOnly) implements InboundSettings {
    VmessInbound {
        users = List.copyOf(users);
    }

    /**
     * Somebody.
     *
     * @param email by which rules know him; null if they do not
     * @param id his secret
     */
    record User(Place place, @Nullable String email, Secret id) {}

    static InboundSettings read(Section settings) {
        List<User> users = new ArrayList<>();
        for (Section client : Accounts.list(settings, "clients", "vmess user")) {
            Secret id = Accounts.id(client);
            checkAlterId(client);
            String email = Accounts.email(client);
            if (id != null) {
                users.add(new User(client.place(), email, id));
            }
        }
        Accounts.checkSome(settings, "clients");
        return new VmessInbound(users, settings.flag("disableInsecureEncryption", false));
    }

    /** Only zero means the form of the header that is still used. */
    static void checkAlterId(Section user) {
        Integer alterId = user.number("alterId", 0, 65_535);
        if (alterId != null && alterId > 0) {
            user.faults()
                    .fault(
                            user.place("alterId"),
                            alterId + " is the header of before 2021, which anybody can recognise and replay (expected:"
                                    + " 0, at both ends)");
        }
    }

    @Override
    public String protocol() {
        return "vmess";
    }

    /** As there, users may do without encryption, unless the document says that they may not. */
    @Override
    public Inbound build(Listener at) {
        VmessServer server = at.bind(Vmess.server(at.port())).client();
        for (User user : users) {
            server = server.user(Accounts.name(user.email, user.place), user.id.text());
        }
        return encryptedOnly ? server : server.insecure();
    }

    @Override
    public Json print(Format format) {
        Json settings = Json.object()
                .withAll("clients", users.stream().map(VmessInbound::print).toArray(Json[]::new));
        return encryptedOnly ? settings.with("disableInsecureEncryption", true) : settings;
    }

    private static Json print(User user) {
        Json client = Json.object().with("id", user.id.text()).with("alterId", 0);
        return user.email == null ? client : client.with("email", user.email);
    }
}
