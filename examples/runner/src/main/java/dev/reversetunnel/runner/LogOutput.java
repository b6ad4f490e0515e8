package dev.reversetunnel.runner;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** The log on the error stream, in the levels and in the form of V2Ray and Xray. */
final class LogOutput extends Formatter {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy/MM/dd HH:mm:ss.SSS");
    private static final Logger ROOT = Logger.getLogger("");

    private LogOutput() {}

    /**
     * Sets it up. Before, nothing is logged.
     *
     * @param level debug, info, warning, error or none
     */
    static void start(String level) {
        ROOT.setLevel(level(level));
        for (Handler handler : ROOT.getHandlers()) { // the JDK's own one, to the error stream
            handler.setLevel(Level.ALL);
            handler.setFormatter(new LogOutput());
        }
        Logger.getLogger("io.netty").setLevel(Level.WARNING); // its own news are not the tunnel's
    }

    static void silence() {
        ROOT.setLevel(Level.OFF);
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
    public String format(LogRecord line) {
        Throwable thrown = line.getThrown();
        return TIME.format(Instant.ofEpochMilli(line.getMillis()).atZone(ZoneId.systemDefault()))
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
