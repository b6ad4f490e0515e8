package dev.reversetunnel.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/** Where an identity comes from. */
sealed interface IdentitySource {
    /** What is there now. Reads files: not on an event loop. */
    Identity load();

    /** Changes when there may be something new; always equal if that cannot be. Asks the file system. */
    Object stamp();

    /** One that was handed in as text. */
    record Fixed(Identity identity) implements IdentitySource {
        @Override
        public Identity load() {
            return identity;
        }

        @Override
        public Object stamp() {
            return "";
        }
    }

    /** One in two files, which may be one. */
    record InFiles(Path chain, Path key, @Nullable String password) implements IdentitySource {
        @Override
        public Identity load() {
            return new Identity(
                    Pem.of("certificate", chain).certificates(),
                    Pem.of("key", key).privateKey(password));
        }

        @Override
        public Object stamp() {
            return new Stamps(Stamp.of(chain), Stamp.of(key));
        }

        @Override
        public String toString() {
            return chain + ", " + key;
        }
    }

    /** Of both files. */
    record Stamps(Stamp chain, Stamp key) {}

    /** By which a file is known to be another one than before. */
    record Stamp(
            @Nullable FileTime modified,
            long size,
            @Nullable Object file) {
        private static final Stamp MISSING = new Stamp(null, -1, null);

        static Stamp of(Path path) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
                return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
            } catch (IOException e) {
                return MISSING; // it may be about to be replaced
            }
        }
    }
}
