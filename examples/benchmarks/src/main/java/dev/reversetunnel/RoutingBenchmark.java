package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One decision of a node's rules, from the request to the route, where a rule has many entries. The requests are 4,096
 * different ones, so that neither the branch predictor nor the first level of the cache knows them by heart.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH fills in the parameters, then calls build()
public class RoutingBenchmark {
    private static final int REQUESTS = 4_096;

    @Param({"100", "100000"})
    public int entries;

    private RuleRouter domains;
    private RuleRouter keywords;
    private RuleRouter addresses;
    private RuleRouter all;
    private Request[] names;
    private Request[] four;
    private Request[] six;
    private int next;

    @Setup
    public void build() {
        Random random = new Random(20_261_121);
        List<String> known = new ArrayList<>();
        for (int i = 0; i < entries; i++) {
            known.add(word(random, 6, 14) + "." + word(random, 2, 3));
        }
        Rule byDomain =
                Rule.any().domain(patterns(i -> "domain:" + known.get(i))).to("listed");
        Rule byKeyword = Rule.any()
                .domain(patterns(i -> "keyword:" + word(random, 7, 12)))
                .to("listed");
        Rule byAddress = Rule.any().ip(patterns(i -> block(random, i))).to("listed");
        domains = router(byDomain);
        keywords = router(byKeyword);
        addresses = router(byAddress);
        all = router(byDomain, byKeyword, byAddress);

        names = requests(i -> i % 2 == 0
                ? "www." + known.get(random.nextInt(entries))
                : "cdn." + word(random, 6, 14) + "." + word(random, 2, 3));
        four = requests(i -> random.nextInt(224) + "." + random.nextInt(256) + "." + random.nextInt(256) + "."
                + random.nextInt(256));
        six = requests(
                i -> "2a" + hex(random, 2) + ":" + hex(random, 4) + ":" + hex(random, 4) + "::" + hex(random, 4));
    }

    private String[] patterns(IntFunction<String> pattern) {
        return IntStream.range(0, entries).mapToObj(pattern).toArray(String[]::new);
    }

    /** Half of them IPv4 of 12 to 28 bits, as lists of countries have them, and half IPv6 of 24 to 48 bits. */
    private static String block(Random random, int i) {
        return i % 2 == 0
                ? random.nextInt(224) + "." + random.nextInt(256) + "." + random.nextInt(256) + "."
                        + random.nextInt(256) + "/" + (12 + random.nextInt(17))
                : "2a" + hex(random, 2) + ":" + hex(random, 4) + ":" + hex(random, 4) + "::/"
                        + (24 + random.nextInt(25));
    }

    private static Request[] requests(IntFunction<String> host) {
        return IntStream.range(0, REQUESTS)
                .mapToObj(i -> new Request(Destination.tcp(host.apply(i), 443), "in"))
                .toArray(Request[]::new);
    }

    private static String word(Random random, int least, int most) {
        StringBuilder word = new StringBuilder();
        for (int left = least + random.nextInt(most - least + 1); left > 0; left--) {
            word.append((char) ('a' + random.nextInt(26)));
        }
        return word.toString();
    }

    private static String hex(Random random, int digits) {
        return String.format("%0" + digits + "x", random.nextInt(1 << (digits * 4)));
    }

    private static RuleRouter router(Rule... rules) {
        Routing routing = new Routing(List.of(rules), Map.of(), DomainStrategy.AS_IS, GeoData.NONE, "others");
        Map<String, Exits> exits = routing.exits(
                Map.of("listed", Outbound.refuse(), "others", Outbound.direct()), new ExitLoads(List.of()));
        return new RuleRouter(
                routing.table(exits),
                DomainStrategy.AS_IS,
                destination -> true,
                name -> ImmediateEventExecutor.INSTANCE.newSucceededFuture(List.<InetAddress>of()));
    }

    private Route decide(RuleRouter router, Request[] requests) {
        return router.route(requests[next++ & (REQUESTS - 1)]).getNow();
    }

    /** Half of the names are in the list. */
    @Benchmark
    public Route name_in_a_list_of_domains() {
        return decide(domains, names);
    }

    /** Nearly no name has one of the keywords in it. */
    @Benchmark
    public Route name_in_a_list_of_keywords() {
        return decide(keywords, names);
    }

    @Benchmark
    public Route address_in_a_list_of_blocks() {
        return decide(addresses, four);
    }

    @Benchmark
    public Route address_6_in_a_list_of_blocks() {
        return decide(addresses, six);
    }

    /** Three rules, each with a list of its own. */
    @Benchmark
    public Route name_by_all_rules() {
        return decide(all, names);
    }

    @Benchmark
    public Route address_by_all_rules() {
        return decide(all, four);
    }
}
