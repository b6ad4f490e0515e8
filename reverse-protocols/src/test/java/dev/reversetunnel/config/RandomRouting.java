package dev.reversetunnel.config;

import dev.reversetunnel.AddressSet;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A document with random rules, and requests that its rules may care about. The same seed makes the same.
 *
 * <p>Names and addresses are few, so that rules meet requests. Nothing here is a matter of taste between V2Ray and
 * ours: names are lower case, and all of them have an address.
 */
final class RandomRouting {
    static final String PLAIN = "plain";
    static final String USERS = "users";
    static final String SNIFFED = "sniffed";
    static final List<String> OUTBOUNDS = List.of("one", "two", "three", "four");
    static final String HOLE = "hole";

    /** Client ports below it are low, others high. */
    static final int MIDDLE_PORT = 20_000;

    static final Map<String, String> HOSTS = new TreeMap<>(Map.ofEntries(
            Map.entry("shop.example", "10.1.2.3"),
            Map.entry("www.shop.example", "8.8.8.8"),
            Map.entry("cdn-7.video.test", "1.0.1.9"),
            Map.entry("video.test", "1.1.1.1"),
            Map.entry("mail.google.com", "142.250.1.1"),
            Map.entry("ads.google.cn", "1.0.1.77"),
            Map.entry("taobao.com", "2a00:1450::7"),
            Map.entry("baidu7.com", "192.168.5.5"),
            Map.entry("intern", "10.9.9.9"),
            Map.entry("x.y.z.example", "172.16.3.4"),
            Map.entry("notshop.example", "9.9.9.9"),
            Map.entry("www.qq.com", "fd00::5")));

    private static final List<String> NAMES = List.copyOf(HOSTS.keySet());
    private static final List<String> ADDRESSES = List.of(
            "10.1.2.3", "8.8.8.8", "1.0.1.200", "127.0.0.1", "192.168.5.5", "2a00:1450::7", "fd00::5", "5.1.2.3");
    private static final List<String> BLOCKS = List.of(
            "10.0.0.0/8",
            "8.8.8.8",
            "8.8.0.0/16",
            "1.0.0.0/15",
            "192.168.0.0/16",
            "2a00::/16",
            "fd00::/8",
            "0.0.0.0/1",
            "128.0.0.0/1",
            "::/0",
            "geoip:private",
            "geoip:cn",
            "geoip:de");
    private static final List<String> PATTERNS = List.of(
            "shop",
            "keyword:example",
            "google",
            "full:shop.example",
            "full:intern",
            "domain:shop.example",
            "domain:example",
            "domain:test",
            "domain:com",
            "regexp:^www\\.",
            "regexp:\\d+",
            "regexp:^[a-z]+\\.[a-z]+$",
            "regexp:(shop|video)",
            "geosite:google",
            "geosite:google@cn",
            "geosite:cn");
    /** What Xray knows and V2Ray 4.34 does not. */
    private static final List<String> NEWER_BLOCKS =
            List.of("!10.0.0.0/8", "!0.0.0.0/1", "!::/0", "!geoip:private", "geoip:!cn", "geoip:!de");

    private static final List<String> NEWER_PATTERNS = List.of("dotless:", "dotless:int", "dotless:shop");
    private static final List<String> NEWER_USERS = List.of("regexp:^[ab]", "regexp:o", "regexp:^l");
    private static final List<String> USER_NAMES = List.of("alice", "bob", "carol");
    private static final List<Integer> PORTS = List.of(22, 53, 80, 443, 1_000, 8_080, 65_535);

    private final Random random;
    private final List<String> rules = new ArrayList<>();
    private final List<String> balancers = new ArrayList<>();
    private final List<String> outbounds;
    private final String strategy;
    private final boolean isOldForm;
    private final boolean isXray;
    private final Map<String, String> hosts = new TreeMap<>();

    /**
     * What somebody asks for.
     *
     * @param inbound by which he comes
     * @param user empty for nobody
     * @param source the address that he comes from
     * @param isLowPort whether he comes from a low port
     * @param words what he says first
     */
    record Ask(
            int number,
            String inbound,
            String user,
            Network network,
            String host,
            int port,
            String source,
            boolean isLowPort,
            String words) {}

    /** {@code isXray}: no rules where documents of before 2018 have them, but conditions that Xray alone knows. */
    RandomRouting(long seed, boolean isXray) {
        this.isXray = isXray;
        random = new Random(seed);
        List<String> order = new ArrayList<>(OUTBOUNDS);
        order.add(HOLE);
        java.util.Collections.shuffle(order, random);
        outbounds = List.copyOf(order);
        strategy = any(List.of("AsIs", "IPIfNonMatch", "IPOnDemand"));
        isOldForm = random.nextInt(4) == 0 && !isXray;
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            rules.add(rule());
        }
        HOSTS.keySet().forEach(name -> hosts.put(name, any(List.of("", "full:", "alias:", "regexp:"))));
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private <T> List<T> some(List<T> all) {
        return IntStream.range(0, 1 + random.nextInt(3))
                .mapToObj(i -> any(all))
                .distinct()
                .toList();
    }

    private List<String> with(List<String> newer, List<String> older) {
        return isXray ? Stream.concat(newer.stream(), older.stream()).toList() : older;
    }

    // ---- the document ----

    private String rule() {
        Map<String, Supplier<String>> kinds = new LinkedHashMap<>();
        kinds.put("domain", () -> texts(some(with(NEWER_PATTERNS, PATTERNS))));
        kinds.put("ip", () -> texts(apart(some(with(NEWER_BLOCKS, BLOCKS)))));
        kinds.put("port", this::ports);
        kinds.put("network", () -> '"' + any(List.of("tcp", "udp", "tcp,udp")) + '"');
        kinds.put(
                "source",
                () -> texts(apart(some(List.of("127.0.0.1", "127.0.0.2/31", "127.0.0.0/8", "geoip:private")))));
        kinds.put(
                "sourcePort",
                () -> random.nextBoolean() ? "\"1-" + (MIDDLE_PORT - 1) + '"' : "\"" + MIDDLE_PORT + "-65535\"");
        kinds.put("user", () -> texts(some(with(NEWER_USERS, USER_NAMES))));
        kinds.put("inboundTag", () -> texts(some(List.of(PLAIN, USERS, SNIFFED, "elsewhere"))));
        kinds.put("protocol", () -> texts(some(List.of("http", "tls", "bittorrent"))));
        List<String> names = new ArrayList<>(kinds.keySet());
        java.util.Collections.shuffle(names, random);
        int most = random.nextInt(10);
        String conditions = names.stream()
                .limit(most < 5 ? 1 : most < 8 ? 2 : 3)
                .map(name -> '"' + name + "\": " + kinds.get(name).get())
                .collect(Collectors.joining(", "));
        return "{\"type\": \"field\", " + conditions + ", " + target() + "}";
    }

    /**
     * Without blocks that overlap earlier ones: V2Ray 4.34 looks into the last block that begins before an address, and
     * no further.
     */
    private static List<String> apart(List<String> values) {
        List<String> apart = new ArrayList<>();
        for (String value : values) {
            if (value.startsWith("geoip:")
                    || value.startsWith("!")
                    || apart.stream().noneMatch(other -> overlap(value, other))) {
                apart.add(value);
            }
        }
        return apart;
    }

    private static boolean overlap(String one, String other) {
        return !other.startsWith("geoip:") && !other.startsWith("!") && (begins(one, other) || begins(other, one));
    }

    private static boolean begins(String block, String inside) {
        InetAddress first = Destination.tcp(block.replaceFirst("/.*", ""), 0).address();
        return first != null && AddressSet.of(inside).contains(first);
    }

    private String target() {
        if (random.nextInt(6) > 0) {
            return "\"outboundTag\": \"" + any(outbounds) + '"';
        }
        // with one outbound to choose from, so that all choose the same
        String tag = "balancer" + balancers.size();
        balancers.add(
                "{\"tag\": \"" + tag + "\", \"selector\": [\"" + any(OUTBOUNDS).substring(0, 2) + "\"]}");
        return "\"balancerTag\": \"" + tag + '"';
    }

    private String ports() {
        if (random.nextInt(4) == 0) {
            return String.valueOf(any(PORTS)); // as a number
        }
        return '"'
                + IntStream.range(0, 1 + random.nextInt(3))
                        .mapToObj(i -> random.nextBoolean()
                                ? String.valueOf(any(PORTS))
                                : any(List.of("1-80", "0-1023", "443-8080", "50-60")))
                        .collect(Collectors.joining(","))
                + '"';
    }

    private static String texts(List<String> values) {
        return values.stream()
                .map(value -> '"' + value.replace("\\", "\\\\") + '"')
                .collect(Collectors.joining(", ", "[", "]"));
    }

    /** The document, where inbounds listen and origins answer at these ports. */
    String document(Map<String, Integer> ports) {
        String inbounds = List.of(PLAIN, USERS, SNIFFED).stream()
                .map(tag -> inbound(tag, ports.get(tag)))
                .collect(Collectors.joining(",\n"));
        String out = outbounds.stream()
                .map(tag -> tag.equals(HOLE)
                        ? "{\"tag\": \"hole\", \"protocol\": \"blackhole\"}"
                        : "{\"tag\": \"" + tag + "\", \"protocol\": \"freedom\", \"settings\": {\"redirect\":"
                                + " \"127.0.0.1:" + ports.get(tag) + "\"}}")
                .collect(Collectors.joining(",\n"));
        String all = "\"domainStrategy\": \"" + strategy + "\", \"rules\": [\n" + String.join(",\n", rules) + "]";
        String decisions = (isOldForm ? "\"strategy\": \"rules\", \"settings\": {" + all + "}" : all)
                + ", \"balancers\": [" + String.join(", ", balancers) + "]";
        return "{\"log\": {\"loglevel\": \"warning\"},\n\"dns\": {\"hosts\": {" + hosts() + "}},\n\"inbounds\": [\n"
                + inbounds + "],\n\"outbounds\": [\n" + out + "],\n\"routing\": {" + decisions + "}\n}";
    }

    /** Each name by itself, or by a pattern that no other name fits; some by way of another name. */
    private String hosts() {
        List<String> entries = new ArrayList<>();
        hosts.forEach((name, form) -> {
            String target = HOSTS.get(name);
            if (form.equals("alias:")) {
                entries.add('"' + name + "\": \"alias." + name + '"');
                entries.add("\"alias." + name + "\": \"" + target + '"');
            } else if (form.equals("regexp:")) {
                entries.add("\"regexp:^" + name.replace(".", "\\\\.") + "$\": \"" + target + '"');
            } else {
                entries.add('"' + form + name + "\": \"" + target + '"');
            }
        });
        return String.join(", ", entries);
    }

    private static String inbound(String tag, int port) {
        String settings = switch (tag) {
            case USERS ->
                "\"settings\": {\"auth\": \"password\", \"accounts\": ["
                        + USER_NAMES.stream()
                                .map(name -> "{\"user\": \"" + name + "\", \"pass\": \"" + name + "-secret\"}")
                                .collect(Collectors.joining(", "))
                        + "]}";
            case SNIFFED ->
                "\"settings\": {\"auth\": \"noauth\"}, \"sniffing\": {\"enabled\": true, \"destOverride\":"
                        + " [\"http\", \"tls\"]}";
            default -> "\"settings\": {\"auth\": \"noauth\", \"udp\": true, \"ip\": \"127.0.0.1\"}";
        };
        return "{\"tag\": \"" + tag + "\", \"protocol\": \"socks\", \"listen\": \"127.0.0.1\", \"port\": " + port + ", "
                + settings + "}";
    }

    // ---- the requests ----

    List<Ask> asks(int count) {
        return IntStream.range(0, count).mapToObj(this::ask).toList();
    }

    private Ask ask(int number) {
        String inbound = any(List.of(PLAIN, PLAIN, USERS, SNIFFED));
        boolean isDatagram = inbound.equals(PLAIN) && random.nextInt(3) == 0;
        String host = random.nextBoolean() ? any(NAMES) : any(ADDRESSES);
        String words = "hello\n";
        if (inbound.equals(SNIFFED) && random.nextInt(3) > 0) {
            words = "GET / HTTP/1.1\r\nHost: " + any(NAMES) + "\r\n\r\n";
        }
        return new Ask(
                number,
                inbound,
                inbound.equals(USERS) ? any(USER_NAMES) : "",
                isDatagram ? Network.UDP : Network.TCP,
                host,
                any(PORTS),
                isDatagram ? "127.0.0.1" : any(List.of("127.0.0.1", "127.0.0.2", "127.0.0.3")),
                !isDatagram && random.nextBoolean(),
                words);
    }
}
