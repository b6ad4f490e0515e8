package dev.reversetunnel;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An address is in one of several sets, or outside of all those that are negated: as Xray has it, a negation excludes
 * together with the other negations, and everything else is an alternative. Negations say something about addresses of
 * those families only that they have blocks of: what is not in a list of IPv4 may be any IPv6 (Xray 26.4.18 and later).
 *
 * @param whose which address of a request
 * @param text the blocks and lists
 * @param sets blocks of its own, and then lists by code
 * @param without blocks and lists that were negated; none if there is no negation
 * @param lists codes that were not asked for yet
 */
record AddressCondition(Whose whose, String text, List<AddressSet> sets, List<AddressSet> without, List<Code> lists)
        implements Condition {

    /** Which address of a request. */
    enum Whose {
        DESTINATION("ip"),
        SOURCE("source"),
        LOCAL("local");

        private final String text;

        Whose(String text) {
            this.text = text;
        }
    }

    /** A list and whether it is negated. */
    record Code(String list, boolean negated) {}

    static AddressCondition of(Whose whose, String... values) {
        AddressSet.Builder own = AddressSet.builder();
        AddressSet.Builder negated = AddressSet.builder();
        List<AddressSet> sets = new ArrayList<>();
        List<AddressSet> without = new ArrayList<>();
        List<Code> lists = new ArrayList<>();
        boolean hasNegated = false;
        for (String value : values) {
            boolean not = value.startsWith("!");
            String plain = (not ? value.substring(1) : value).replaceFirst("^ext-ip:", "ext:");
            String code = plain.replaceFirst("^(geoip:|ext:[^:]*:)!", "$1");
            not |= !code.equals(plain);
            if (code.toLowerCase(Locale.ROOT).equals("geoip:private")) {
                (not ? without : sets).add(Addresses.PRIVATE);
            } else if (code.startsWith("geoip:") || code.startsWith("ext:")) {
                if (code.endsWith(":")) {
                    throw new IllegalArgumentException(whose.text + ": \"" + value
                            + "\" (expected: the code of a list behind it, as geoip:private or geoip:de)");
                }
                lists.add(new Code(code, not));
            } else {
                add(whose, value, plain, not ? negated : own);
                hasNegated |= not;
            }
        }
        sets.add(own.build());
        if (hasNegated) {
            without.add(negated.build());
        }
        return new AddressCondition(
                whose, Condition.text(List.of(values)), List.copyOf(sets), List.copyOf(without), List.copyOf(lists));
    }

    private static void add(Whose whose, String value, String block, AddressSet.Builder to) {
        try {
            to.add(block);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    whose.text + ": \"" + value
                            + "\" (expected: an IP address, a block such as 10.0.0.0/8, geoip:private or geoip:code; any of"
                            + " them behind a ! for everything else)",
                    e);
        }
    }

    @Override
    public String name() {
        return whose.text;
    }

    @Override
    public Condition bind(GeoData geo) {
        if (lists.isEmpty()) {
            return this;
        }
        List<AddressSet> all = new ArrayList<>(sets);
        List<AddressSet> allWithout = new ArrayList<>(without);
        for (Code code : lists) {
            String list = code.list();
            AddressSet found = geo.ip(list.substring(list.indexOf(':') + 1))
                    .orElseThrow(() -> new IllegalArgumentException(
                            whose.text + ": \"" + list + "\" (" + geo.missing(list) + ")"));
            (code.negated() ? allWithout : all).add(found);
        }
        return new AddressCondition(whose, text, List.copyOf(all), List.copyOf(allWithout), List.of());
    }

    @Override
    public boolean judgesAddresses() {
        return whose == Whose.DESTINATION;
    }

    @Override
    public boolean holds(Judged judged) {
        for (InetAddress address : addresses(judged)) {
            if (fits(address)) {
                return true;
            }
        }
        return false;
    }

    private boolean fits(InetAddress address) {
        for (AddressSet set : sets) {
            if (set.contains(address)) {
                return true;
            }
        }
        boolean isKnown = false;
        for (AddressSet set : without) {
            if (set.contains(address)) {
                return false;
            }
            isKnown |= set.knowsFamilyOf(address);
        }
        return isKnown;
    }

    @Override
    public List<InetAddress> judged(List<InetAddress> addresses) {
        return whose == Whose.DESTINATION
                ? addresses.stream().filter(this::fits).toList()
                : addresses;
    }

    private List<InetAddress> addresses(Judged judged) {
        return switch (whose) {
            case DESTINATION -> judged.addresses();
            case SOURCE -> known(judged.request().source());
            case LOCAL -> known(judged.request().local());
        };
    }

    private static List<InetAddress> known(@Nullable InetSocketAddress socket) {
        InetAddress address = socket == null ? null : socket.getAddress();
        return address == null ? List.of() : List.of(address);
    }

    @Override
    public String actual(Judged judged) {
        List<InetAddress> addresses = addresses(judged);
        if (!addresses.isEmpty()) {
            return addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
        }
        if (whose != Whose.DESTINATION) {
            return "not known";
        }
        Throwable cause = judged.unresolved();
        if (cause == null) {
            return "a name that is not looked up";
        }
        return "a name that does not resolve"
                + (cause instanceof UnknownHostException ? "" : " (" + cause.getMessage() + ")");
    }
}
