package dev.reversetunnel.runner;

import java.io.PrintStream;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** The log, in the levels and in the form of V2Ray and Xray. */
final class LogOutput extends Handler {
    static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy/MM/dd HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

    private static final Logger ROOT = Logger.getLogger("");
    private static final Logger NETTY = Logger.getLogger("io.netty");

    private final PrintStream out;

    private LogOutput(PrintStream out) {
        this.out = out;
        setFormatter(new Lines());
    }

    /**
     * Sets it up. Before, nothing is logged.
     *
     * @param level debug, info, warning, error or none
     * @param out where to
     */
    static void start(String level, PrintStream out) {
        silence();
        Level least = level(level);
        ROOT.setLevel(least);
        ROOT.addHandler(new LogOutput(out));
        if (least.intValue() < Level.WARNING.intValue()) {
            NETTY.setLevel(Level.WARNING); // its own news are not the tunnel's
        }
    }

    static void silence() {
        ROOT.setLevel(Level.OFF);
        NETTY.setLevel(null);
        for (Handler handler : ROOT.getHandlers()) { // the JDK's own one, to the error stream
            ROOT.removeHandler(handler);
        }
    }

    private static Level level(String name) {
        return switch (name) {
            case "debug" -> Level.FINE;
            case "info" -> Level.INFO;
            case "error" -> Level.SEVERE;
            case "none" -> Level.OFF;
            default -> Level.WARNING;
        };
    }

    @Override
    public void publish(LogRecord line) {
        if (isLoggable(line)) {
            out.print(getFormatter().format(line));
            out.flush();
        }
    }

    @Override
    public void flush() {
        out.flush();
    }

    @Override
    public void close() {
        out.flush();
    }

    private static final class Lines extends Formatter {
        @Override
        public String format(LogRecord line) {
            Throwable thrown = line.getThrown();
            return TIME.format(line.getInstant())
                    + " [" + name(line.getLevel()) + "] " + line.getLoggerName() + ": " + formatMessage(line)
                    + (thrown == null ? "" : ": " + thrown) + System.lineSeparator();
        }

        private static String name(Level level) {
            if (level.intValue() >= Level.SEVERE.intValue()) {
                return "Error";
            }
            if (level.intValue() >= Level.WARNING.intValue()) {
                return "Warning";
            }
            return level.intValue() >= Level.INFO.intValue() ? "Info" : "Debug";
        }
    }
}
