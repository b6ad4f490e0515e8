package dev.reversetunnel;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a tag leads to: one outbound, or a balancer's. Any thread. */
interface Exits {
    /** The tag. */
    String name();

    /** The one for the next request. */
    Exit next();

    /** All that it may be. */
    List<Exit> all();

    /** One, always. */
    record One(Exit exit) implements Exits {
        @Override
        public String name() {
            return exit.tag();
        }

        @Override
        public Exit next() {
            return exit;
        }

        @Override
        public List<Exit> all() {
            return List.of(exit);
        }
    }

    /** One of several. */
    final class Several implements Exits {
        private final String name;
        private final Balancer.Choice choice;
        private final List<Exit> exits;
        private final @Nullable Exit fallback;
        private final ExitLoads loads;
        private final AtomicInteger turn = new AtomicInteger();

        /** At least one exit, or a fallback. */
        Several(String name, Balancer.Choice choice, List<Exit> exits, @Nullable Exit fallback, ExitLoads loads) {
            this.name = name;
            this.choice = choice;
            this.exits = List.copyOf(exits);
            this.fallback = fallback;
            this.loads = loads;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Exit next() {
            List<Exit> open = exits;
            for (Exit exit : exits) {
                if (!exit.isOpen()) { // seldom, so the copy is made then only
                    open = exits.stream().filter(Exit::isOpen).toList();
                    break;
                }
            }
            if (!open.isEmpty()) {
                return choose(open);
            }
            return fallback == null ? choose(exits) : fallback;
        }

        private Exit choose(List<Exit> among) {
            return among.get(
                    switch (choice) {
                        case RANDOM -> ThreadLocalRandom.current().nextInt(among.size());
                        case ROUND_ROBIN -> Integer.remainderUnsigned(turn.getAndIncrement(), among.size());
                        case LEAST_LOAD -> leastLoaded(among);
                    });
        }

        private int leastLoaded(List<Exit> among) {
            int least = 0;
            for (int i = 1; i < among.size(); i++) {
                if (loads.of(among.get(i).tag()) < loads.of(among.get(least).tag())) {
                    least = i;
                }
            }
            return least;
        }

        @Override
        public List<Exit> all() {
            if (fallback == null) {
                return exits;
            }
            return Stream.concat(exits.stream(), Stream.of(fallback)).toList();
        }
    }
}
