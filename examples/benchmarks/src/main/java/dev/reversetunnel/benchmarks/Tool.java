package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the command lines of all runs have in common: how they begin, and how they end. */
final class Tool {
    private Tool() {}

    /** Reads what was given; ends the process with code 2 if that is wrong. Whatever a run starts ends with it. */
    static <T> T begin(String usage, Supplier<T> given) {
        try {
            T run = given.get();
            Runtime.getRuntime().addShutdownHook(new Thread(RunningSystem::closeAll, "close-systems"));
            return run;
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.println(usage);
            System.exit(2);
            throw e;
        }
    }

    /** Prints the report, writes it to a file if there is one to be, and ends the process. */
    static void end(String report, @Nullable Path out) throws IOException {
        System.out.print(report);
        if (out != null) {
            Files.writeString(out, report);
        }
        System.exit(0);
    }
}
