package dev.reversetunnel.runner;

import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.config.Document;
import dev.reversetunnel.config.DocumentException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Runs a document of V2Ray or Xray, as those programs would.
 *
 * <pre>
 * java -jar reverse-runner.jar run -c bridge.json
 * java -jar reverse-runner.jar test -c bridge.json
 * </pre>
 *
 * <p>Ends with 0 if all is well, 23 if the document is wrong, 255 if it cannot be started (a port is taken), 2 if the
 * command line is wrong. SIGTERM and SIGINT let sessions end for 3 s, and end it with 0.
 */
public final class Runner {
    static final int DOCUMENT_IS_WRONG = 23;
    static final int CANNOT_START = 255;
    static final int WRONG_USAGE = 2;

    private static final Duration DRAIN = Duration.ofSeconds(3);

    private static final String HELP = """
            Runs documents of V2Ray and Xray.

              java -jar reverse-runner.jar run  -c FILE ...   runs it; -test as well: only looks whether it is right
              java -jar reverse-runner.jar test -c FILE ...   only looks whether it is right
              java -jar reverse-runner.jar version
              java -jar reverse-runner.jar help

              -c, -config FILE    a document; "stdin:" is the standard input; default: config.json
                                  several are put together, as there
              -confdir FOLDER     all documents of a folder, by name

            Exit codes: 0 all is well, 23 the document is wrong, 255 it cannot be started, 2 wrong command line.
            SIGTERM and SIGINT let sessions end for 3 s.""";

    private final PrintStream out;
    private final PrintStream err;
    private final InputStream in;

    private @Nullable ReverseTunnel node;

    Runner(InputStream in, PrintStream out, PrintStream err) {
        this.in = in;
        this.out = out;
        this.err = err;
    }

    /**
     * Runs until it is stopped.
     *
     * @param args see {@code help}
     * @throws InterruptedException never, as nobody has this thread
     */
    public static void main(String[] args) throws InterruptedException {
        Runner runner = new Runner(System.in, System.out, System.err);
        int code = runner.start(args);
        if (runner.node == null) {
            System.exit(code);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(runner::stop, "stop"));
        Thread.currentThread().join();
    }

    /** Does what is asked; what was started goes on behind it. */
    int start(String... args) {
        LogOutput.silence();
        try {
            Arguments arguments = Arguments.parse(args);
            return switch (arguments.command()) {
                case HELP -> print(HELP);
                case VERSION -> print("ReverseTunnel " + version());
                case TEST -> {
                    read(arguments);
                    yield print("Configuration OK.");
                }
                case RUN -> run(read(arguments));
            };
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
            err.println("(java -jar reverse-runner.jar help tells more)");
            return WRONG_USAGE;
        } catch (DocumentException e) {
            err.println("The document cannot be used:");
            e.faults().forEach(fault -> err.println("  " + fault));
            return DOCUMENT_IS_WRONG;
        } catch (TunnelException | IllegalStateException e) {
            err.println("Failed to start: " + e.getMessage());
            return CANNOT_START;
        } catch (NoSuchFileException e) {
            err.println("No such file: " + e.getMessage());
            return DOCUMENT_IS_WRONG;
        } catch (IOException e) {
            err.println("The document cannot be read: " + e);
            return DOCUMENT_IS_WRONG;
        }
    }

    private int print(String text) {
        out.println(text);
        return 0;
    }

    private Document read(Arguments arguments) throws IOException {
        Document document = arguments.files().contains(Arguments.STDIN)
                ? readStandardInput(arguments)
                : Document.read(arguments.files().stream().map(Path::of).toArray(Path[]::new));
        document.warnings().forEach(warning -> err.println("warning: " + warning));
        return document;
    }

    private Document readStandardInput(Arguments arguments) throws IOException {
        if (arguments.files().size() > 1) {
            throw new IllegalArgumentException("-c stdin: with other files (expected: alone)");
        }
        return Document.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }

    private int run(Document document) throws DocumentException, TunnelException {
        LogOutput.start(document.logLevel());
        ReverseTunnel started = document.node().start();
        node = started;
        out.println("ReverseTunnel " + version() + " started " + started);
        out.flush();
        return 0;
    }

    private static String version() {
        String version = Runner.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }

    /** In the JVM's shutdown, whose exit code would be that of the signal. */
    private void stop() {
        ReverseTunnel started = node;
        if (started != null) {
            started.drain(DRAIN);
        }
        out.println("ReverseTunnel stopped");
        out.flush();
        err.flush();
        Runtime.getRuntime().halt(0);
    }
}
