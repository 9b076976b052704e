package vmtestd.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import vmtestd.report.Style;

/** What is known about standard output from the environment and the kernel. */
public final class Terminal {
    private static final int DEFAULT_COLUMNS = 80;
    private static final int MIN_COLUMNS = 40;

    private Terminal() {}

    /** Returns whether standard output is a terminal on which a line can be erased. */
    public static boolean isThere(Map<String, String> environment) {
        if (environment.getOrDefault("TERM", "dumb").equals("dumb")) {
            return false;
        }
        try {
            // The JDK knows only whether both standard input and output are a terminal.
            return Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString().matches("/dev/(pts/\\d+|tty\\w*|console|hvc\\d+)");
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns colours for a terminal, unless {@code NO_COLOR} (no-color.org) forbids them. */
    public static Style style(Map<String, String> environment) {
        return new Style(isThere(environment) && environment.getOrDefault("NO_COLOR", "").isEmpty());
    }

    /** Returns the terminal's width, which the launcher puts into {@code COLUMNS}. */
    public static int columns(Map<String, String> environment) {
        String columns = environment.getOrDefault("COLUMNS", "");
        return columns.matches("[1-9][0-9]{1,3}") ? Math.max(MIN_COLUMNS, Integer.parseInt(columns)) : DEFAULT_COLUMNS;
    }
}
