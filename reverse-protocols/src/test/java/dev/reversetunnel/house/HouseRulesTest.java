package dev.reversetunnel.house;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchConditions.haveSimpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static org.assertj.core.api.BDDAssertions.then;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.vmess.Vmess;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.net.URL;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the compiler cannot see of the house: who may know whom, and what nobody may do. */
class HouseRulesTest {
    private static final String CRYPTO = "dev.reversetunnel.crypto";
    private static final String FOREIGN = "dev.reversetunnel.foreign";
    private static final Set<String> SHARED = Set.of(
            CRYPTO,
            "dev.reversetunnel.agreement",
            "dev.reversetunnel.body",
            "dev.reversetunnel.carrier",
            "dev.reversetunnel.door",
            FOREIGN,
            "dev.reversetunnel.layer");
    private static final String LAB = "dev.reversetunnel.lab";

    /** They name all protocols, and are of use without one another. */
    private static final Set<String> ABOUT_PROTOCOLS =
            Set.of("dev.reversetunnel.config", "dev.reversetunnel.peerconfig", "dev.reversetunnel.sharelink");

    private static final JavaClasses MUX = mainClassesOf(Destination.class);
    private static final JavaClasses CORE = mainClassesOf(TunnelException.class);
    private static final JavaClasses PROTOCOLS = mainClassesOf(Vmess.class);
    private static final JavaClasses HOUSE = new ClassFileImporter()
            .importUrls(List.of(urlOf(Destination.class), urlOf(TunnelException.class), urlOf(Vmess.class)));

    @Test
    void each_module_is_seen_with_its_main_classes_only() {
        for (JavaClasses module : List.of(MUX, CORE, PROTOCOLS)) {
            then(module.stream().map(JavaClass::getSimpleName)).isNotEmpty().noneMatch(name -> name.endsWith("Test"));
        }
        then(HOUSE).hasSize(MUX.size() + CORE.size() + PROTOCOLS.size());
    }

    @Test
    void mux_knows_only_netty_and_the_jdk() {
        classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                                "dev.reversetunnel.mux..", "dev.reversetunnel.net..", "io.netty..", "org.jspecify..")
                        .or(ofTheJdk()))
                .because("reverse-mux is of use without the rest, and logs nothing itself")
                .check(MUX);
    }

    @Test
    void core_knows_mux_and_no_protocol() {
        classes()
                .should()
                .onlyDependOnClassesThat(in(CORE).or(in(MUX))
                        .or(resideInAnyPackage(
                                "io.netty..", "org.jspecify..", "org.slf4j..", "com.sun.net.httpserver.."))
                        .or(resideInAnyPackage("org.junit.jupiter.api.."))
                        .or(ofTheJdk()))
                .because("a protocol is handed to core as an object")
                .check(CORE);
    }

    @Test
    void the_laboratory_is_a_test_kit_and_only_its_extension_needs_junit() {
        noClasses()
                .that(resideOutsideOfPackages(LAB))
                .should()
                .dependOnClassesThat(resideInAnyPackage(LAB))
                .check(HOUSE);
        noClasses()
                .that(describe(
                        "are not TunnelExtension",
                        type -> !type.getName().matches("dev\\.reversetunnel\\.lab\\.TunnelExtension(\\$.*)?")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("org.junit.."))
                .because("JUnit is an optional dependency, and proxies are of use without it")
                .check(HOUSE);
    }

    @Test
    void protocols_do_not_know_what_they_carry() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.reversetunnel.mux..")
                        .and(describe("are not MuxDialect", type -> !type.isEquivalentTo(MuxDialect.class))))
                .because("a tunnel is, to a protocol, one more connection; it may say how one is spoken to")
                .check(PROTOCOLS);
    }

    @Test
    void protocols_do_not_know_one_another() {
        for (String protocol : protocolPackages()) {
            noClasses()
                    .that(resideInAnyPackage(protocol + ".."))
                    .should()
                    .dependOnClassesThat(in(PROTOCOLS)
                            .and(resideOutsideOfPackages(Stream.concat(Stream.of(protocol), SHARED.stream())
                                    .map(name -> name + "..")
                                    .toArray(String[]::new))))
                    .because("what two of them share is crypto, bodies, the door, handshakes below, what carriers have"
                            + " in common, and how they tell others what was agreed")
                    .allowEmptyShould(true)
                    .check(PROTOCOLS);
        }
    }

    @Test
    void jackson_stays_with_the_documents() {
        noClasses()
                .that(resideOutsideOfPackages(
                        "dev.reversetunnel.config..", "dev.reversetunnel.sharelink..", FOREIGN + ".."))
                .should()
                .dependOnClassesThat(resideInAnyPackage("com.fasterxml.jackson.."))
                .check(HOUSE);
    }

    @Test
    void documents_peers_and_links_do_not_know_one_another() {
        for (String room : ABOUT_PROTOCOLS) {
            noClasses()
                    .that(resideOutsideOfPackages(room))
                    .should()
                    .dependOnClassesThat(resideInAnyPackage(room))
                    .because("what they share is of " + FOREIGN)
                    .check(HOUSE);
        }
    }

    @Test
    void readers_of_lists_stay_with_the_lists() {
        noClasses()
                .that(resideOutsideOfPackages("dev.reversetunnel.geo.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage("com.google.protobuf..", "com.maxmind.."))
                .because("one of them is optional, and who has no lists can do without it")
                .check(HOUSE);
    }

    @Test
    void frames_of_web_socket_are_read_and_written_by_netty() {
        noClasses()
                .that(resideInAnyPackage("dev.reversetunnel.websocket.."))
                .should(haveSimpleName("FrameReader").or(haveSimpleName("FrameWriter")))
                .because("netty-codec-http has WebSocket13FrameDecoder and WebSocket13FrameEncoder: outside of tunnels,"
                        + " mux and the protocols a well-kept library beats our own code, even a slower one")
                .allowEmptyShould(true)
                .check(PROTOCOLS);
    }

    @Test
    void bouncy_castle_stays_in_the_protocols_that_need_it() {
        noClasses()
                .that(resideOutsideOfPackages(CRYPTO + ".."))
                .should()
                .dependOnClassesThat(resideInAnyPackage("org.bouncycastle.."))
                .check(HOUSE);
    }

    @Test
    void bouncy_castle_is_used_by_its_light_weight_api() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "org.bouncycastle.jce..", "org.bouncycastle.jcajce..", "org.bouncycastle.jsse.."))
                .because("the ciphers are the JDK's, which are many times faster")
                .check(HOUSE);
    }

    @Test
    void nobody_changes_the_security_providers_of_the_jvm() {
        noClasses()
                .should()
                .callMethod(Security.class, "addProvider", Provider.class)
                .orShould()
                .callMethod(Security.class, "insertProviderAt", Provider.class, int.class)
                .orShould()
                .callMethod(Security.class, "removeProvider", String.class)
                .check(HOUSE);
    }

    /** Whoever can measure how long a comparison takes learns where two secrets part. */
    @Test
    void what_is_secret_is_compared_in_constant_time() {
        noClasses()
                .should()
                .callMethod(Arrays.class, "equals", byte[].class, byte[].class)
                .orShould()
                .callMethod(ByteBufUtil.class, "equals", ByteBuf.class, ByteBuf.class)
                .because("MessageDigest.isEqual is for that")
                .check(HOUSE);
    }

    @Test
    void chance_is_secure_in_the_protocols() {
        noClasses()
                .should()
                .dependOnClassesThat(describe(
                        "draw what can be guessed",
                        type -> type.isAssignableTo(RandomGenerator.class) && !type.isEquivalentTo(SecureRandom.class)))
                .orShould()
                .callMethod(Math.class, "random")
                .because("Randomness.secure() is for that")
                .check(PROTOCOLS);
    }

    @Test
    void nobody_serializes() {
        noClasses()
                .should()
                .callConstructor(ObjectInputStream.class, InputStream.class)
                .orShould()
                .callConstructor(ObjectOutputStream.class, OutputStream.class)
                .check(HOUSE);
    }

    /** A test that sets the clock sets it for all. */
    @Test
    void there_is_one_clock() {
        noClasses()
                .that(describe(
                        "are no part of a date in HTTP",
                        type -> !type.getSimpleName().equals("HttpDate")))
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Instant.class, "now")
                .check(HOUSE);
    }

    @Test
    void nobody_prints() {
        noClasses().should(ACCESS_STANDARD_STREAMS).check(HOUSE);
    }

    @Test
    void nobody_logs_past_slf4j() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.util.logging..", "io.netty.util.internal.logging.."))
                .orShould()
                .dependOnClassesThat(
                        describe("are System.Logger", type -> type.getName().startsWith("java.lang.System$Logger")))
                .check(HOUSE);
    }

    @Test
    void nobody_sleeps() {
        noClasses()
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Thread.class, "sleep", long.class, int.class)
                .orShould()
                .callMethod(TimeUnit.class, "sleep", long.class)
                .check(HOUSE);
    }

    /** For a quick answer while one builds; the whole answer gives {@code LinkageNetty41IT} of examples/netty-4.1. */
    @Test
    void only_the_event_loops_know_netty_4_2() {
        noClasses()
                .that(describe("are not Loops", type -> !type.getName().matches("dev\\.reversetunnel\\.Loops(\\$.*)?")))
                .should()
                .dependOnClassesThat(describe("exist in Netty 4.2 only", HouseRulesTest::isOfNetty42Only))
                .because("frameworks still pin Netty 4.1")
                .check(HOUSE);
    }

    @Test
    void public_classes_are_in_exported_packages_or_shared_inside() {
        Set<String> open = Stream.of(Destination.class, TunnelException.class, Vmess.class)
                .flatMap(anchor -> Modules.descriptorAt(Modules.locationOf(anchor)).exports().stream())
                .map(export -> export.source())
                .collect(Collectors.toSet());
        open.addAll(SHARED);
        noClasses()
                .that(resideOutsideOfPackages(open.toArray(String[]::new)))
                .should()
                .haveModifier(JavaModifier.PUBLIC)
                .allowEmptyShould(true)
                .check(HOUSE);
    }

    private static boolean isOfNetty42Only(JavaClass type) {
        String name = type.getName();
        return name.matches(
                        "io\\.netty\\.channel\\.(\\w+\\.)*(\\w*Io(Handler|HandlerFactory|HandlerContext|EventLoop|"
                                + "EventLoopGroup|Handle|Ops|Event|Registration|ExecutionContext)|\\w+IoHandler|NioIoOps)(\\$.*)?")
                || name.startsWith("io.netty.channel.uring.")
                || Set.of("io.netty.util.concurrent.Ticker", "io.netty.util.concurrent.MockTicker")
                        .contains(name)
                || name.startsWith("io.netty.util.LeakPresenceDetector");
    }

    private static DescribedPredicate<JavaClass> ofTheJdk() {
        return resideInAnyPackage("java..", "javax..")
                .or(describe(
                        "are primitives", type -> type.getBaseComponentType().isPrimitive()));
    }

    private static DescribedPredicate<JavaClass> in(JavaClasses module) {
        return describe(
                "are of the house",
                type -> module.contain(type.getBaseComponentType().getName()));
    }

    private static Set<String> protocolPackages() {
        return PROTOCOLS.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> !name.isEmpty() && !SHARED.contains(name) && !ABOUT_PROTOCOLS.contains(name))
                .collect(Collectors.toSet());
    }

    private static JavaClasses mainClassesOf(Class<?> anchor) {
        return new ClassFileImporter().importUrl(urlOf(anchor));
    }

    private static URL urlOf(Class<?> anchor) {
        return anchor.getProtectionDomain().getCodeSource().getLocation();
    }
}
