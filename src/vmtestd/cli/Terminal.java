package vmtestd.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import vmtestd.report.Style;

/** What standard output is, as far as the environment and the system tell. */
public final class Terminal {
    private static final int USUAL_COLUMNS = 80;
    /** With fewer, lines break anywhere. */
    private static final int LEAST_COLUMNS = 40;

    private Terminal() {}

    /** Whether it is a terminal on which a line can be erased. */
    public static boolean isThere(Map<String, String> environment) {
        if (environment.getOrDefault("TERM", "dumb").equals("dumb")) {
            return false;
        }
        try {
            // The JDK tells it of standard input and output together only; Linux by the name of what is open.
            return Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString().matches("/dev/(pts/\\d+|tty\\w*|console|hvc\\d+)");
        } catch (IOException e) {
            // No such descriptor, no /proc: then there is no terminal that is known of.
            return false;
        }
    }

    /** Whether it has colours, and NO_COLOR (no-color.org) does not forbid them. */
    public static Style style(Map<String, String> environment) {
        return new Style(isThere(environment) && environment.getOrDefault("NO_COLOR", "").isEmpty());
    }

    /** Its columns, as the launcher has found them out. */
    public static int columns(Map<String, String> environment) {
        String columns = environment.getOrDefault("COLUMNS", "");
        return columns.matches("[1-9][0-9]{1,3}") ? Math.max(LEAST_COLUMNS, Integer.parseInt(columns)) : USUAL_COLUMNS;
    }
}
