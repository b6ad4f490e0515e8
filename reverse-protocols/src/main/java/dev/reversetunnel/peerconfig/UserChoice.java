package dev.reversetunnel.peerconfig;

import dev.reversetunnel.PortalEnd;
import dev.reversetunnel.agreement.ServerAgreement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A user of a portal's server, found among all.
 *
 * @param at the server
 * @param agreement of that server
 * @param user the one
 */
record UserChoice(PortalEnd.Listening at, ServerAgreement agreement, ServerAgreement.User user) {
    /**
     * Finds the only one who can be meant.
     *
     * @param inbound the server's tag; null for any
     * @param name the user's; null for any
     * @param fits who may do what is wanted
     * @param otherwise what to change if nobody may
     */
    static UserChoice of(
            PortalEnd portal,
            @Nullable String inbound,
            @Nullable String name,
            Predicate<ServerAgreement.User> fits,
            String otherwise) {
        List<UserChoice> all = named(portal, inbound, name);
        List<UserChoice> meant =
                all.stream().filter(choice -> fits.test(choice.user)).toList();
        if (meant.isEmpty()) {
            throw new IllegalArgumentException(
                    (name == null ? "portal \"" + portal.name() + '"' : "user \"" + name + '"') + ": " + otherwise);
        }
        if (meant.size() > 1) {
            throw new IllegalArgumentException("user: several could be meant: " + list(meant) + " (call user(...)"
                    + (isOneInbound(meant) ? "" : " and inbound(...)") + ')');
        }
        return meant.get(0);
    }

    private static List<UserChoice> named(PortalEnd portal, @Nullable String inbound, @Nullable String name) {
        List<UserChoice> all = all(portal);
        List<UserChoice> there = all.stream()
                .filter(choice -> inbound == null || choice.at.tag().equals(inbound))
                .toList();
        if (there.isEmpty() && inbound != null) {
            throw new IllegalArgumentException("inbound: \"" + inbound + "\" (expected: one of "
                    + all.stream().map(choice -> choice.at.tag()).distinct().toList() + ")");
        }
        List<UserChoice> named = there.stream()
                .filter(choice -> name == null || choice.user.name().equals(name))
                .toList();
        if (named.isEmpty() && name != null) {
            throw new IllegalArgumentException("user: \"" + name + "\" (expected: one of " + list(there) + ")");
        }
        return named;
    }

    private static List<UserChoice> all(PortalEnd portal) {
        List<UserChoice> all = new ArrayList<>();
        for (PortalEnd.Listening at : portal.inbounds()) {
            if (at.inbound().agreement().orElse(null) instanceof ServerAgreement agreement) {
                agreement.users().forEach(user -> all.add(new UserChoice(at, agreement, user)));
            }
        }
        return all;
    }

    private static boolean isOneInbound(List<UserChoice> choices) {
        return choices.stream().map(choice -> choice.at.tag()).distinct().count() == 1;
    }

    private static String list(List<UserChoice> choices) {
        return choices.stream()
                .map(choice -> '"' + choice.user.name() + "\" at \"" + choice.at.tag() + '"')
                .collect(Collectors.joining(", "));
    }
}
