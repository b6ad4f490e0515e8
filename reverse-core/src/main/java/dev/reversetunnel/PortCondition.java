package dev.reversetunnel;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A port is one of several, or in one of several ranges.
 *
 * @param whose which port of a request
 * @param ranges as they were given
 */
record PortCondition(Whose whose, List<Range> ranges) implements Condition {

    /** Which port of a request. */
    enum Whose {
        DESTINATION("port"),
        SOURCE("sourcePort"),
        LOCAL("localPort");

        private final String text;

        Whose(String text) {
            this.text = text;
        }
    }

    /** From one port to another, both included. */
    record Range(int first, int last) {
        @Override
        public String toString() {
            return first == last ? String.valueOf(first) : first + "-" + last;
        }
    }

    static PortCondition of(int... ports) {
        return new PortCondition(
                Whose.DESTINATION,
                IntStream.of(ports)
                        .map(port -> check(Whose.DESTINATION, port))
                        .mapToObj(port -> new Range(port, port))
                        .toList());
    }

    static PortCondition of(Whose whose, int first, int last) {
        check(whose, first);
        check(whose, last);
        if (first > last) {
            throw new IllegalArgumentException(
                    whose.text + ": " + first + "-" + last + " (expected: the lower port first)");
        }
        return new PortCondition(whose, List.of(new Range(first, last)));
    }

    /** A list as documents have it. */
    static PortCondition of(Whose whose, String list) {
        List<Range> ranges = new ArrayList<>();
        for (String part : list.split(",", -1)) {
            String[] ends = part.trim().split("-", -1);
            if (ends.length > 2
                    || !ends[0].trim().matches("\\d{1,5}")
                    || !ends[ends.length - 1].trim().matches("\\d{1,5}")) {
                throw new IllegalArgumentException(
                        whose.text + ": \"" + list + "\" (expected: ports and ranges such as 53,443,1000-2000)");
            }
            int first = Integer.parseInt(ends[0].trim());
            ranges.addAll(of(whose, first, Integer.parseInt(ends[ends.length - 1].trim()))
                    .ranges());
        }
        return new PortCondition(whose, List.copyOf(ranges));
    }

    private static int check(Whose whose, int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException(whose.text + ": " + port + " (expected: 0~65535)");
        }
        return port;
    }

    @Override
    public String name() {
        return whose.text;
    }

    @Override
    public String text() {
        return ranges.stream().map(Range::toString).collect(Collectors.joining(","));
    }

    @Override
    public boolean holds(Judged judged) {
        int port = port(judged.request());
        for (Range range : ranges) {
            if (port >= range.first() && port <= range.last()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String actual(Judged judged) {
        int port = port(judged.request());
        return port < 0 ? "not known" : String.valueOf(port);
    }

    private int port(Request request) {
        return switch (whose) {
            case DESTINATION -> request.destination().port();
            case SOURCE -> port(request.source());
            case LOCAL -> port(request.local());
        };
    }

    private static int port(@Nullable InetSocketAddress socket) {
        return socket == null ? -1 : socket.getPort();
    }
}
