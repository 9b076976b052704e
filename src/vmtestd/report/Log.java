package vmtestd.report;

import java.io.PrintStream;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import vmtestd.time.UtcTime;

/**
 * The log as zinit and vector want it: {@code 2026-11-22T17:36:02Z info vm deployed id=...}, one line
 * a record, the level by the name that vector looks for.
 */
public final class Log {
    private Log() {}

    /**
     * A logger that writes to {@code out} and nowhere else. It is anonymous: the JDK empties named
     * loggers as soon as the process is told to end, and the cleanup that is done then is just what
     * the log must tell of.
     *
     * @param debug whether records below info are written
     */
    public static Logger to(PrintStream out, boolean debug) {
        Logger logger = Logger.getAnonymousLogger();
        logger.setUseParentHandlers(false);
        logger.setLevel(debug ? Level.ALL : Level.INFO);
        logger.addHandler(new StreamHandler(out));
        return logger;
    }

    private static final class StreamHandler extends Handler {
        private final PrintStream out;

        StreamHandler(PrintStream out) {
            this.out = out;
            setFormatter(new LineFormatter());
            setLevel(Level.ALL);
        }

        @Override
        public void publish(LogRecord record) {
            if (isLoggable(record)) {
                out.println(getFormatter().format(record));
            }
        }

        @Override
        public void flush() {
            out.flush();
        }

        @Override
        public void close() {
            flush();
        }
    }

    /** Formats a record as one line, without its end. */
    static final class LineFormatter extends Formatter {
        /** A line holds at most two texts of {@link LogText#MAX}; no more than a guard. */
        private static final int MAX = 4 * LogText.MAX;

        @Override
        public String format(LogRecord record) {
            String thrown = record.getThrown() == null ? "" : new LogLine("").with("error", record.getThrown()).toString();
            return UtcTime.format(record.getInstant()) + " " + level(record.getLevel()) + " "
                    + LogText.of(record.getMessage(), MAX) + thrown;
        }

        private static String level(Level level) {
            if (level.intValue() >= Level.SEVERE.intValue()) {
                return "error";
            }
            if (level.intValue() >= Level.WARNING.intValue()) {
                return "warn";
            }
            return level.intValue() >= Level.INFO.intValue() ? "info" : "debug";
        }
    }
}
