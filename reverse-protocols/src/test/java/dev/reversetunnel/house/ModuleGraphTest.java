package dev.reversetunnel.house;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.TunnelException;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.vmess.Vmess;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolvedModule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Tests run on the class path; here the same jars are put on a module path, as an application with modules does. */
class ModuleGraphTest {
    private static final List<Class<?>> ANCHORS = List.of(Destination.class, TunnelException.class, Vmess.class);
    private static final String EXTENSION = "dev.reversetunnel.lab.TunnelExtension";
    private static final ModuleFinder PATH = ModuleFinder.of(Stream.of(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(Files::exists)
            // test classes would be a second module of the same name
            .filter(path -> !path.endsWith("test-classes") && !path.toString().endsWith("-tests.jar"))
            .toArray(Path[]::new));

    @Test
    void one_root_brings_the_whole_library() {
        then(resolved().modules().stream().map(ResolvedModule::name))
                .contains("dev.reversetunnel.mux", "dev.reversetunnel.core", "dev.reversetunnel.protocols");
    }

    @Test
    void every_dependency_is_a_module_of_its_own_making() {
        then(resolved().modules().stream()
                        .map(ResolvedModule::reference)
                        .map(ModuleReference::descriptor)
                        .filter(ModuleDescriptor::isAutomatic))
                .isEmpty();
    }

    @Test
    void every_class_of_the_library_finds_what_its_signatures_name() throws ClassNotFoundException {
        ModuleLayer layer = layer();
        for (Class<?> anchor : ANCHORS) {
            Path location = Modules.locationOf(anchor);
            Module module =
                    layer.findModule(Modules.descriptorAt(location).name()).orElseThrow();
            ModuleReference reference = PATH.find(module.getName()).orElseThrow();
            for (String name : classesIn(reference)) {
                Class<?> type = Class.forName(module, name);
                then(type).as(name).isNotNull();
                then(type.getModule()).isEqualTo(module);
                // throws NoClassDefFoundError for a type whose module is not read
                then(type.getDeclaredMethods()).doesNotContainNull();
                then(type.getDeclaredConstructors()).doesNotContainNull();
                then(type.getDeclaredFields()).doesNotContainNull();
            }
        }
    }

    @Test
    void no_module_opens_itself_or_exports_to_friends() {
        for (Class<?> anchor : ANCHORS) {
            ModuleDescriptor descriptor = Modules.descriptorAt(Modules.locationOf(anchor));
            then(descriptor.isOpen()).isFalse();
            then(descriptor.opens()).isEmpty();
            then(descriptor.exports()).noneMatch(ModuleDescriptor.Exports::isQualified);
        }
    }

    private static ModuleLayer layer() {
        return ModuleLayer.boot().defineModulesWithOneLoader(resolved(), ClassLoader.getPlatformClassLoader());
    }

    @Test
    void junit_is_not_brought_along_and_only_the_extension_for_it_misses_it() throws ClassNotFoundException {
        Configuration alone = resolved("dev.reversetunnel.protocols");
        then(alone.modules().stream().map(ResolvedModule::name)).noneMatch(name -> name.startsWith("org.junit"));
        ModuleLayer layer = ModuleLayer.boot().defineModulesWithOneLoader(alone, ClassLoader.getPlatformClassLoader());
        Module core = layer.findModule("dev.reversetunnel.core").orElseThrow();
        for (String name : classesIn(PATH.find("dev.reversetunnel.core").orElseThrow())) {
            if (name.startsWith(EXTENSION)) {
                continue;
            }
            Class<?> type = Class.forName(core, name);
            then(type).as(name).isNotNull();
            then(type.getDeclaredMethods()).doesNotContainNull();
        }
    }

    /** With what is optional. */
    private static Configuration resolved() {
        return resolved("dev.reversetunnel.protocols", "org.junit.jupiter.api");
    }

    private static Configuration resolved(String... roots) {
        return ModuleLayer.boot().configuration().resolve(PATH, ModuleFinder.of(), Set.of(roots));
    }

    private static List<String> classesIn(ModuleReference module) {
        try (var reader = module.open()) {
            return reader.list()
                    .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
                    .map(file ->
                            file.substring(0, file.length() - ".class".length()).replace('/', '.'))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
