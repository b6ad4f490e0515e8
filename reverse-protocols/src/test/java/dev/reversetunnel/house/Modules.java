package dev.reversetunnel.house;

import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.Path;

/** Where a class of the class path comes from, seen as a module: a jar, or a directory of classes. */
final class Modules {
    private Modules() {}

    static Path locationOf(Class<?> anchor) {
        try {
            return Path.of(
                    anchor.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    static ModuleDescriptor descriptorAt(Path location) {
        return ModuleFinder.of(location).findAll().iterator().next().descriptor();
    }
}
