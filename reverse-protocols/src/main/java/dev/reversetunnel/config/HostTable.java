package dev.reversetunnel.config;

import dev.reversetunnel.DomainSet;
import dev.reversetunnel.NameService;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Names that are known without asking anybody. Safe for use by several threads. */
final class HostTable implements NameService {
    /** As V2Ray and Xray have it; more are a circle. */
    private static final int MOST_ALIASES = 5;

    private final List<Line> lines;
    private final NameService others;

    /**
     * A table.
     *
     * @param lines whole names first, for these count first
     * @param others asked for all other names
     */
    HostTable(List<Line> lines, NameService others) {
        this.lines = List.copyOf(lines);
        this.others = others;
    }

    /**
     * Some names, and where they lead.
     *
     * @param isWholeName whether the set is made of one name
     * @param addresses none if there is an alias
     * @param alias another name; null if there are addresses
     */
    record Line(
            DomainSet names,
            boolean isWholeName,
            List<InetAddress> addresses,
            @Nullable String alias) {}

    /** All lines count that a name fits, unless the first of them is an alias. */
    @Override
    public List<InetAddress> lookUp(String host) throws UnknownHostException {
        String name = host;
        for (int aliases = 0; aliases <= MOST_ALIASES; aliases++) {
            String wanted = name;
            List<Line> fitting =
                    lines.stream().filter(line -> line.names.contains(wanted)).toList();
            if (fitting.isEmpty()) {
                return others.lookUp(name);
            }
            String alias = fitting.get(0).alias;
            if (alias == null) {
                List<InetAddress> addresses = new ArrayList<>();
                fitting.forEach(line -> addresses.addAll(line.addresses));
                return addresses;
            }
            name = alias;
        }
        throw new UnknownHostException(host + ": more than " + MOST_ALIASES + " aliases; is there a circle in hosts?");
    }
}
