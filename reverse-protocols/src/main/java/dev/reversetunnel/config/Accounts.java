package dev.reversetunnel.config;

import dev.reversetunnel.foreign.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Users of a server, as their keys name them. */
final class Accounts {
    private Accounts() {}

    /** The list of users, which newer documents call {@code users}. */
    static List<Section> list(Section settings, String key, String scope) {
        List<Section> users = settings.sections("users", scope);
        List<Section> older = settings.sections(key, scope);
        if (!users.isEmpty() && !older.isEmpty()) {
            settings.faults()
                    .fault(settings.place("users"), "is another name of \"" + key + "\" (expected: one of them)");
        }
        return older.isEmpty() ? users : older;
    }

    /** Tells if there is nobody. */
    static void checkSome(Section settings, String key) {
        boolean isThere = settings.has("users")
                ? settings.value("users") instanceof Value.Items users
                        && !users.items().isEmpty()
                : settings.value(key) instanceof Value.Items older
                        && !older.items().isEmpty();
        if (!isThere) {
            settings.faults().fault(settings.place(key), "nobody (expected: one user at least)");
        }
    }

    /** A user's address, by which rules know him; null if he has none. */
    static @Nullable String email(Section user) {
        String email = user.text("email");
        user.number("level", 0, Integer.MAX_VALUE);
        return email == null || email.isBlank() ? null : email;
    }

    /** A user's name in rules and logs: his address, else his place in the document, which no rule can mean. */
    static String name(@Nullable String email, Place place) {
        return email == null ? place.path().substring(place.path().lastIndexOf('.') + 1) : email;
    }

    /** An id, which has to be there. */
    static @Nullable Secret id(Section user) {
        return user.required("id", "a UUID") == null ? null : user.secret("id");
    }

    /** Names and passwords of a proxy. */
    static List<Account> read(List<Section> sections) {
        List<Account> accounts = new ArrayList<>();
        for (Section section : sections) {
            Account account = Account.read(section);
            if (account != null) {
                accounts.add(account);
            }
        }
        return accounts;
    }

    /**
     * A name and a password.
     *
     * @param user the name
     * @param password his secret
     */
    record Account(String user, Secret password) {
        static @Nullable Account read(Section section) {
            String user = section.required("user", "a name");
            Secret password = section.required("pass", "a password") == null ? null : section.secret("pass");
            section.number("level", 0, Integer.MAX_VALUE);
            section.text("email");
            return user == null || password == null ? null : new Account(user, password);
        }

        Json print() {
            return Json.object().with("user", user).with("pass", password.text());
        }
    }
}
