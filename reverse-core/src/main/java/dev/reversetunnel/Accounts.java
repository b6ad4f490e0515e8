package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The users of a node: what they have open, and who of them is not let in any more. Any thread; there is one for each
 * user who has authenticated, so no stranger makes it grow.
 */
final class Accounts {
    private final Map<Key, Account> accounts = new ConcurrentHashMap<>();
    private final Set<Key> revoked = ConcurrentHashMap.newKeySet();
    private final Events events;

    Accounts(Events events) {
        this.events = events;
    }

    /** Who a user is: the same name at two inbounds may be two people. */
    record Key(String inbound, String user) {
        /** Written out for a faster start, as is the hash; see {@link Destination#equals}. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key that && inbound.equals(that.inbound) && user.equals(that.user);
        }

        @Override
        public int hashCode() {
            return 31 * inbound.hashCode() + user.hashCode();
        }
    }

    /** Whose a request is; null if he is nobody. */
    @Nullable
    Account of(Request request) {
        if (request.user().isEmpty()) {
            return null;
        }
        Key key = new Key(request.inbound(), request.user());
        Account known = accounts.get(key);
        return known != null
                ? known
                : accounts.computeIfAbsent(
                        key, fresh -> new Account(fresh, request.grant(), () -> revoked.contains(fresh), events));
    }

    boolean isRevoked(String inbound, String user) {
        return !revoked.isEmpty() && revoked.contains(new Key(inbound, user));
    }

    /** Lets him in no more. False if he was not before. */
    boolean revoke(String inbound, String user) {
        return revoked.add(new Key(inbound, user));
    }

    /** Lets him in again. False if he was before. */
    boolean restore(String inbound, String user) {
        return revoked.remove(new Key(inbound, user));
    }

    /** What he has; null if he never came. */
    @Nullable
    Account find(String inbound, String user) {
        return accounts.get(new Key(inbound, user));
    }

    List<UserSnapshot> snapshot() {
        Map<Key, UserSnapshot> users = accounts.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, user -> user.getValue().snapshot()));
        for (Key key : revoked) {
            users.putIfAbsent(key, idle(key, true));
        }
        return users.values().stream()
                .sorted(Comparator.comparing(UserSnapshot::inbound).thenComparing(UserSnapshot::user))
                .toList();
    }

    UserSnapshot snapshot(String inbound, String user) {
        Account account = find(inbound, user);
        return account == null ? idle(new Key(inbound, user), isRevoked(inbound, user)) : account.snapshot();
    }

    private static UserSnapshot idle(Key key, boolean revoked) {
        return new UserSnapshot(key.inbound(), key.user(), revoked, 0, 0, 0, 0, 0);
    }
}
