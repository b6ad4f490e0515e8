package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DomainSetTest {
    @ParameterizedTest
    @CsvSource({
        "full:www.example.com, www.example.com, true",
        "full:www.example.com, WWW.Example.com., true",
        "full:WWW.Example.com., www.example.com, true",
        "full:www.example.com, a.www.example.com, false",
        "full:www.example.com, example.com, false",
        "domain:example.com, example.com, true",
        "domain:example.com, a.b.example.com, true",
        "domain:example.com, xexample.com, false",
        "domain:example.com, example.com.org, false",
        "domain:com, example.com, true",
        "example.c, www.example.com, true",
        "keyword:example.c, www.example.com, true",
        "keyword:EXAMPLE, www.example.com, true",
        "keyword:examples, www.example.com, false",
        "regexp:^w{3}\\., www.example.com, true",
        "regexp:\\.com$, www.example.com, true",
        "regexp:ample, www.example.com, true",
        "regexp:^ample, www.example.com, false",
        "dotless:host, myhost1, true",
        "dotless:, myhost1, true",
        "dotless:, my.host, false",
        "dotless:host, my.host, false",
        "domain:m\u00fcnchen.de, www.xn--mnchen-3ya.de, true",
        "full:M\u00dcNCHEN.de, xn--mnchen-3ya.de, true",
        ".example.com, www.example.com, true",
        "full:_dmarc.example.com, _dmarc.example.com, true",
    })
    void knows_what_each_kind_of_pattern_means(String pattern, String name, boolean expected) {
        then(DomainSet.of(pattern).contains(name)).isEqualTo(expected);
    }

    @Test
    void several_patterns_are_alternatives() {
        DomainSet set = DomainSet.of("full:a.example", "domain:b.example", "keyword:shop", "regexp:^x\\d+$");
        then(List.of("a.example", "www.b.example", "my.shop.test", "x42"))
                .allSatisfy(name -> then(set.contains(name)).isTrue());
        then(List.of("b.a.example", "c.example", "x42.test"))
                .allSatisfy(name -> then(set.contains(name)).isFalse());
        then(set).hasToString("1 names, 1 domains, 1 keywords and 1 regular expressions");
    }

    @Test
    void an_empty_set_holds_nothing() {
        then(DomainSet.empty().contains("example.com")).isFalse();
        then(DomainSet.empty().contains("")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "full:", "full:.", "domain:", "keyword:", "regexp:", "regexp:(", "dotless:a.b", "fulll:a"})
    void refuses_a_pattern_that_means_nothing(String pattern) {
        thenThrownBy(() -> DomainSet.of(pattern))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("domain: ")
                .hasMessageContaining("expected");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*.example.com | \"domain:example.com\", which is for all names below it, too",
                "domain:*.example.com | \"domain:example.com\", which is for all names below it, too",
                "domain:.example.com | \"domain:example.com\", which is for all names below it, too",
                "domain: example.com | a name or a part of one: letters",
                "full:a..example | a name or a part of one: letters",
                "example.com/path | a name or a part of one: letters",
                "10.0.0.0/8 | a name or a part of one: letters",
                "keyword:m\u00fcnchen | other scripts in their ASCII form, see java.net.IDN",
            })
    void refuses_a_pattern_that_no_name_is_like(String pattern, String expected) {
        thenThrownBy(() -> DomainSet.of(pattern))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("domain: \"" + pattern + "\" (expected: ")
                .hasMessageContaining(expected);
    }

    @Test
    void a_list_of_a_file_may_have_names_that_nobody_asks_for() {
        DomainSet set = DomainSet.builder()
                .full("*.example.com")
                .domain("a b")
                .domain("example.org")
                .keyword("m\u00fcnchen")
                .build();
        then(set.contains("www.example.org")).isTrue();
        then(set.contains("www.example.com")).isFalse();
    }

    @Test
    void says_where_an_expression_has_its_fault() {
        thenThrownBy(() -> DomainSet.of("regexp:a(b"))
                .hasMessage("domain: \"regexp:a(b\" (expected: a regular expression; Unclosed group at 3)");
    }

    @Test
    void an_expression_that_would_search_for_ever_is_given_up() {
        DomainSet set = DomainSet.of("regexp:(x+x+)+y");
        then(set.contains("xxxxx.xxxxy")).isTrue();
        thenThrownBy(() -> set.contains("x".repeat(250)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("takes too long");
    }

    @Test
    void finds_keywords_as_a_simple_search_does() {
        Random random = new Random(20_261_121);
        for (int round = 0; round < 200; round++) {
            List<String> texts = texts(random, 1 + random.nextInt(30), 1 + random.nextInt(4), 4 + random.nextInt(5));
            Keywords keywords = Keywords.of(texts);
            for (String name : texts(random, 50, 1, 40)) {
                then(keywords.isIn(name))
                        .as("%s in %s", texts, name)
                        .isEqualTo(texts.stream().anyMatch(name::contains));
            }
        }
    }

    @Test
    void finds_domains_as_a_simple_search_does() {
        Random random = new Random(20_261_122);
        for (int round = 0; round < 100; round++) {
            List<String> domains = names(random, 20);
            List<String> full = names(random, 5);
            DomainSet.Builder builder = DomainSet.builder();
            domains.forEach(builder::domain);
            full.forEach(builder::full);
            DomainSet set = builder.build();
            Predicate<String> simple = name -> full.contains(name)
                    || domains.stream().anyMatch(domain -> name.equals(domain) || name.endsWith('.' + domain));
            for (String name : names(random, 50)) {
                then(set.contains(name)).as("%s %s: %s", domains, full, name).isEqualTo(simple.test(name));
            }
        }
    }

    private static List<String> names(Random random, int count) {
        return texts(random, count, 1, 4).stream()
                .map(text -> String.join(".", text.split("")))
                .toList();
    }

    /** Of few letters, so that they have much in common. */
    private static List<String> texts(Random random, int count, int least, int most) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder();
            int length = least + random.nextInt(most - least + 1);
            for (int k = 0; k < length; k++) {
                text.append((char) ('a' + random.nextInt(3)));
            }
            texts.add(text.toString());
        }
        return texts;
    }
}
