package vmtestd.report;

import java.io.PrintStream;
import java.util.logging.ErrorManager;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import vmtestd.time.UtcTime;
import vmtestd.zbus.CallListener;

/** The log as zinit and vector expect it: one line per record, such as {@code 2026-11-22T17:36:02Z info vm test passed id=...}. */
public final class Log {
    /** In characters. A guard only: a line holds at most two texts of {@link LogText#MAX}. */
    private static final int MAX = 4 * LogText.MAX;

    private Log() {}

    /**
     * Returns a logger that writes to {@code out} only. It is anonymous because the JDK removes the handlers of named
     * loggers as soon as shutdown begins, when cleanup still has to be logged.
     *
     * @param debug whether records below info are written
     */
    public static Logger to(PrintStream out, boolean debug) {
        Logger logger = Logger.getAnonymousLogger();
        logger.setUseParentHandlers(false);
        logger.setLevel(debug ? Level.ALL : Level.INFO);
        logger.addHandler(new Handler() {
            @Override
            public void publish(LogRecord record) {
                try {
                    out.println(format(record));
                } catch (RuntimeException | Error e) {
                    // A lack of memory, for example, must not end a run.
                    reportError("a line was lost: " + e, null, ErrorManager.WRITE_FAILURE);
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });
        return logger;
    }

    /** Returns a listener that logs each call to a module at debug level, with its arguments and its outcome. */
    public static CallListener calls(Logger log) {
        return call -> {
            if (log.isLoggable(Level.FINE)) {
                log.fine(new LogLine("call").with("queue", call.object().queue()).with("method", call.method())
                        .with("arguments", call.arguments()).with("took", call.took())
                        .with(call.failure() == null ? "reply" : "failure", call.outcome()).toString());
            }
        };
    }

    /** Formats a record as one line, without a line end. */
    static String format(LogRecord record) {
        String thrown = record.getThrown() == null ? "" : new LogLine("").with("error", record.getThrown()).toString();
        return UtcTime.format(record.getInstant()) + " " + level(record.getLevel()) + " " + LogText.of(record.getMessage(), MAX) + thrown;
    }

    private static String level(Level level) {
        int value = level.intValue();
        return value >= Level.SEVERE.intValue() ? "error" : value >= Level.WARNING.intValue() ? "warn"
                : value >= Level.INFO.intValue() ? "info" : "debug";
    }
}
