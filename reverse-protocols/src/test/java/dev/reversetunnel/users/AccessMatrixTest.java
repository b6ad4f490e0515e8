package dev.reversetunnel.users;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Access;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Three members: who reaches which service of whom, by which name, with which program. */
class AccessMatrixTest {
    private static final List<String> MEMBERS = List.of("laptop", "nas", "tv");
    private static final List<Destination> SERVICES = List.of(
            Destination.tcp("any", 80),
            Destination.tcp("any", 81),
            Destination.udp("any", 53),
            Destination.udp("any", 54));

    /** What the accesses below mean, written down once more. */
    private static final Set<String> ALLOWED = Set.of(
            "laptop > nas tcp 80",
            "laptop > nas udp 53",
            "tv > nas tcp 80",
            "tv > nas udp 53",
            "tv > nas tcp 81",
            "nas > laptop udp 54",
            "laptop > tv tcp 80",
            "laptop > tv tcp 81",
            "laptop > tv udp 53",
            "laptop > tv udp 54",
            "laptop > laptop tcp 81",
            "nas > tv tcp 81",
            "tv > tv tcp 81",
            "nas > laptop tcp 81",
            "nas > nas tcp 81",
            "tv > laptop tcp 81",
            "laptop > nas tcp 81");

    private static Home home() throws Exception {
        return new Home(
                Access.from("laptop", "tv").to("nas").tcp(80).udp(53),
                Access.from("tv").to("nas").tcp(81),
                Access.from("nas").to("laptop").udp(54),
                Access.from("laptop").to("tv").everything(),
                Access.fromAll().toAll().tcp(81));
    }

    @Test
    void everybody_reaches_what_was_allowed_and_nothing_else() throws Exception {
        var found = new TreeMap<String, Set<String>>();
        var wanted = new TreeMap<String, Set<String>>();
        try (Home home = home()) {
            for (String from : MEMBERS) {
                try (Caller java = Caller.dialling(home.member(from));
                        Caller socks = Caller.socks(home.member(from).port("programs"));
                        Caller shadowsocks = home.shadowsocks(from)) {
                    for (String to : MEMBERS) {
                        for (Destination service : SERVICES) {
                            String cell = from + " > " + to + " " + service.network() + " " + service.port();
                            wanted.put(cell, Set.of(expected(cell, from, to, service)));
                            Set<String> answers = new TreeSet<>();
                            for (String name : List.of(to, to + ".home", Home.ADDRESSES.get(to))) {
                                for (Caller caller : List.of(java, socks, shadowsocks)) {
                                    answers.add(ask(home, from, caller, service, name));
                                }
                            }
                            found.put(cell, answers);
                        }
                    }
                }
            }
            then(found).isEqualTo(wanted);
            then(home.hub.snapshot().failed()).isZero();
        }
        then(found).hasSize(36);
        then(wanted.values().stream().filter(answer -> !answer.contains(Caller.REFUSED)))
                .hasSize(ALLOWED.size());
    }

    private static String expected(String cell, String from, String to, Destination service) {
        return ALLOWED.contains(cell)
                ? to + " " + service.network() + " " + service.port() + " to " + Home.ADDRESSES.get(from)
                : Caller.REFUSED;
    }

    private static String ask(Home home, String from, Caller caller, Destination service, String name)
            throws Exception {
        Destination asked = new Destination(service.network(), name, service.port());
        String refusal = from + " to " + asked;
        List<String> before = new ArrayList<>(home.refused);
        String answer = caller.ask(asked, () -> home.refused.size() > before.size());
        if (answer.equals(Caller.REFUSED)) {
            // The hub has told, and nobody else.
            then(home.refused.subList(before.size(), home.refused.size()))
                    .as("%s, %s", refusal, answer)
                    .contains(refusal);
        }
        then(service.network() == Network.TCP || !answer.isEmpty()).isTrue();
        return answer;
    }
}
