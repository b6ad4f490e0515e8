package dev.reversetunnel.house;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.BDDAssertions.then;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.vmess.Vmess;
import io.netty.util.Version;
import java.net.URL;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whether the jars, compiled against Netty 4.2, find on Netty 4.1 whatever they call. */
class LinkageNetty41IT {
    private static final List<URL> JARS = Stream.of(Destination.class, TunnelException.class, Vmess.class)
            .map(anchor -> anchor.getProtectionDomain().getCodeSource().getLocation())
            .toList();

    @Test
    void runs_the_built_jars() {
        then(JARS).hasSize(3).allSatisfy(url -> then(url.getPath()).endsWith(".jar"));
    }

    @Test
    void runs_on_one_whole_netty_4_1() {
        then(Version.identify()).isNotEmpty();
        then(Version.identify().values())
                .allSatisfy(version -> then(version.artifactVersion()).startsWith("4.1."));
    }

    @Test
    void every_call_into_netty_finds_its_target() {
        JavaClasses library = new ClassFileImporter().importUrls(JARS);
        then(library).hasSizeGreaterThan(10);

        TreeSet<String> missing = library.stream()
                .filter(type -> !isLoops(type))
                .flatMap(type -> Stream.concat(missingClasses(type), missingMembers(type)))
                .collect(toCollection(TreeSet::new));

        then(missing).as("used by the library, absent from Netty 4.1").isEmpty();
    }

    /** The one class that asks first which Netty there is. */
    private static boolean isLoops(JavaClass type) {
        return type.getName().matches("dev\\.reversetunnel\\.Loops(\\$.*)?");
    }

    private static Stream<String> missingClasses(JavaClass type) {
        return type.getDirectDependenciesFromSelf().stream()
                .map(Dependency::getTargetClass)
                .map(JavaClass::getBaseComponentType)
                .filter(LinkageNetty41IT::isNetty)
                .filter(target -> !isPresent(target.getName()))
                .map(target -> target.getName() + "  <-- " + type.getName());
    }

    private static Stream<String> missingMembers(JavaClass type) {
        return Stream.<JavaAccess<?>>concat(type.getAccessesFromSelf().stream(), Stream.empty())
                .filter(access -> isNetty(access.getTargetOwner()))
                .filter(access -> isPresent(access.getTargetOwner().getName()))
                .filter(access -> !isResolved(access.getTarget()))
                .map(access -> access.getTarget().getFullName() + "  <-- " + type.getName());
    }

    private static boolean isResolved(AccessTarget target) {
        return target.resolveMember().isPresent();
    }

    private static boolean isNetty(JavaClass type) {
        return type.getPackageName().startsWith("io.netty.");
    }

    private static boolean isPresent(String name) {
        try {
            Class.forName(name, false, LinkageNetty41IT.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException absent) {
            return false;
        }
    }
}
