package dev.reversetunnel;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes credentials away from the users of a node's inbounds while it runs, and gives them back. Any thread. */
final class NodeUsers {
    private static final Logger log = LoggerFactory.getLogger(NodeUsers.class);

    private static final String REVOKED = "the credential of its user was revoked";

    private final Map<String, Inbound> inbounds;
    private final Collection<MuxPortal> portals;
    private final Accounts accounts;
    private final Events events;

    /**
     * Over all inbounds.
     *
     * @param portals that may be filled later
     */
    NodeUsers(Map<String, Inbound> inbounds, Collection<MuxPortal> portals, Accounts accounts, Events events) {
        this.inbounds = inbounds;
        this.portals = portals;
        this.accounts = accounts;
        this.events = events;
    }

    void revoke(String inbound, String user) {
        require(inbound, user);
        if (!accounts.revoke(inbound, user)) {
            return;
        }
        Account account = accounts.find(inbound, user);
        int ended = 0;
        if (account != null) {
            portals.forEach(portal -> portal.end(account, REVOKED)); // first, so that the reason is told
            ended = account.end();
        }
        log.info("revoked user \"{}\" of inbound \"{}\": {} connections end", user, inbound, ended);
        events.tell(listener -> listener.userRevoked(snapshot(inbound, user)));
    }

    void restore(String inbound, String user) {
        require(inbound, user);
        if (accounts.restore(inbound, user)) {
            log.info("restored user \"{}\" of inbound \"{}\"", user, inbound);
            events.tell(listener -> listener.userRestored(snapshot(inbound, user)));
        }
    }

    /** The inbounds that know a user; there is one at least. */
    List<String> inboundsOf(String user) {
        List<String> tags = inbounds.entrySet().stream()
                .filter(inbound -> inbound.getValue().users().contains(user))
                .map(Map.Entry::getKey)
                .toList();
        if (tags.isEmpty()) {
            Set<String> all = new TreeSet<>();
            inbounds.values().forEach(inbound -> all.addAll(inbound.users()));
            throw new IllegalArgumentException("user: \"" + user + "\" (expected: one of " + all + ")");
        }
        return tags;
    }

    private void require(String inbound, String user) {
        Inbound known = inbounds.get(inbound);
        if (known == null) {
            throw new IllegalArgumentException(
                    "inbound: \"" + inbound + "\" (expected: one of " + inbounds.keySet() + ")");
        }
        if (!known.users().contains(user)) {
            throw new IllegalArgumentException("user: \"" + user + "\" (expected: one of " + known.users() + ")");
        }
    }

    private UserSnapshot snapshot(String inbound, String user) {
        return accounts.snapshot(inbound, user);
    }
}
