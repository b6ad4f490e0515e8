package dev.reversetunnel.runner;

import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.config.Document;
import dev.reversetunnel.config.DocumentException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
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
 * command line is wrong. SIGTERM and SIGINT let sessions end for 3 s, and end it with 0; a second one ends it at once.
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

              -c, -config FILE    a document; "stdin:" or "-" is the standard input; default: config.json
                                  several are put together, as there
              -confdir FOLDER     all documents of a folder, by name

            Exit codes: 0 all is well, 23 the document is wrong, 255 it cannot be started, 2 wrong command line.
            SIGTERM and SIGINT let sessions end for 3 s; a second one ends it at once.""";

    private final PrintStream out;
    private final PrintStream err;
    private final InputStream in;

    private volatile @Nullable ReverseTunnel node;
    private volatile @Nullable AccessLog access;

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
        // First: whoever reads that it has started may send one at once.
        Signals.handle(() -> {
            runner.stop();
            Runtime.getRuntime().halt(0); // in a shutdown by a signal the exit code would be that of the signal
        });
        int code = runner.start(args);
        if (runner.node == null) {
            Runtime.getRuntime().halt(code); // not by a shutdown, whose hook would say that something has stopped
        }
        new CountDownLatch(1).await();
    }

    /** Does what is asked; what was started goes on behind it. */
    int start(String... args) {
        LogOutput.silence();
        Arguments arguments;
        try {
            arguments = Arguments.parse(args);
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
            err.println("(java -jar reverse-runner.jar help tells more)");
            return WRONG_USAGE;
        } catch (IOException e) {
            return unreadable("-confdir", e);
        }
        return switch (arguments.command()) {
            case HELP -> print(HELP);
            case VERSION -> print("ReverseTunnel " + version());
            case TEST, RUN -> use(arguments);
        };
    }

    private int use(Arguments arguments) {
        try {
            Document document = read(arguments);
            return arguments.command() == Arguments.Command.TEST ? test(document) : run(document);
        } catch (DocumentException e) {
            return wrong(e.faults());
        } catch (IllegalStateException e) { // the parts do not fit
            return wrong(List.of(String.valueOf(e.getMessage())));
        } catch (IOException e) {
            return unreadable(String.join(", ", arguments.files()), e);
        }
    }

    private int wrong(List<String> faults) {
        err.println("The document cannot be used:");
        faults.forEach(fault -> err.println("  " + fault));
        return DOCUMENT_IS_WRONG;
    }

    private int unreadable(String what, IOException e) {
        err.println(
                e instanceof NoSuchFileException
                        ? "No such file: " + e.getMessage()
                        : what + " cannot be read: " + e.getMessage());
        return DOCUMENT_IS_WRONG;
    }

    private int print(String text) {
        out.println(text);
        return 0;
    }

    private Document read(Arguments arguments) throws IOException {
        Document document = arguments.files().contains(Arguments.STDIN)
                ? Document.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                : Document.read(arguments.files().stream().map(Path::of).toArray(Path[]::new));
        document.warnings().forEach(warning -> err.println("warning: " + warning));
        return document;
    }

    /** Does all that {@code run} does, but for ports and dials: reads certificates and lists, too. */
    private int test(Document document) throws DocumentException {
        document.node().check().forEach(doubt -> err.println("warning: " + doubt));
        return print("Configuration OK.");
    }

    private int run(Document document) throws DocumentException {
        try {
            ReverseTunnel.Builder builder = document.node();
            LogOutput.start(document.logLevel(), Output.open(document.errorLog(), out));
            if (!document.accessLog().equals(Output.NOWHERE)) {
                AccessLog lines = new AccessLog(Output.open(document.accessLog(), out));
                builder.listener(lines);
                access = lines;
            }
            ReverseTunnel started = builder.start();
            node = started;
            out.println("ReverseTunnel " + version() + " started, " + listening(document, started));
            out.flush();
            return 0;
        } catch (DocumentException e) {
            throw e;
        } catch (IOException e) { // a port, a log
            err.println("Failed to start: " + e.getMessage());
            for (Throwable other : e.getSuppressed()) {
                err.println("  and: " + other.getMessage());
            }
            return CANNOT_START;
        }
    }

    /** {@code listening: external 0.0.0.0:80 (dokodemo-door), interconn 0.0.0.0:1024 (vmess)}. */
    private static String listening(Document document, ReverseTunnel node) {
        if (document.inbounds().isEmpty()) {
            return "no port is open";
        }
        return document.inbounds().entrySet().stream()
                .map(inbound ->
                        inbound.getKey() + " " + text(node.address(inbound.getKey())) + " (" + inbound.getValue() + ")")
                .collect(Collectors.joining(", ", "listening: ", ""));
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        if (address.getAddress().isAnyLocalAddress()) {
            host = "0.0.0.0"; // and IPv6's, where there is any
        }
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    private static String version() {
        String version = Runner.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }

    /** Lets sessions end for a while. */
    void stop() {
        ReverseTunnel started = node;
        if (started != null) {
            started.drain(DRAIN);
        }
        AccessLog lines = access;
        if (lines != null) {
            lines.close();
        }
        out.println("ReverseTunnel stopped");
        out.flush();
        err.flush();
    }
}
