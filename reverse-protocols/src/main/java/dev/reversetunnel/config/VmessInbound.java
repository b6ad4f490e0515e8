package dev.reversetunnel.config;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.vmess.VmessServer;
import java.util.ArrayList;
import java.util.List;

/**
 * VMess, at which bridges register and users come in.
 *
 * @param users whom it knows
 * @param encryptedOnly whether users have to encrypt, as {@code disableInsecureEncryption} says
 */
record VmessInbound(List<User> users, boolean encryptedOnly) implements InboundSettings {
    /**
     * Somebody.
     *
     * @param name in rules and logs
     * @param id his secret
     */
    record User(Place place, String name, Secret id) {}

    static InboundSettings read(Section settings) {
        List<User> users = new ArrayList<>();
        for (Section client : Accounts.list(settings, "clients", "vmess user")) {
            Secret id = Accounts.id(client);
            checkAlterId(client);
            client.number("level", 0, Integer.MAX_VALUE);
            if (id != null) {
                users.add(new User(client.place(), Accounts.name(client), id));
            }
        }
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
    public Inbound build(Listener at) {
        VmessServer server = at.bind(Vmess.server(at.port())).client();
        for (User user : users) {
            server = server.user(user.name, user.id.text());
        }
        return encryptedOnly ? server : server.insecure();
    }
}
