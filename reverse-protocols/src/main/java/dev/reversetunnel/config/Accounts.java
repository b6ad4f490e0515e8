package dev.reversetunnel.config;

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

    /** A user's name in rules and logs: his address, else his place in the document, which no rule can mean. */
    static String name(Section user) {
        String email = user.text("email");
        String path = user.place().path();
        return email == null || email.isBlank() ? path.substring(path.lastIndexOf('.') + 1) : email;
    }

    /** An id, which has to be there. */
    static @Nullable Secret id(Section user) {
        return user.required("id", "a UUID") == null ? null : user.secret("id");
    }
}
