package vmtestd.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import vmtestd.report.LogText;
import vmtestd.report.Style;

/**
 * Standard output, as the environment and the kernel describe it.
 *
 * @param live whether a line can be erased and drawn again
 * @param style colours for a terminal, unless {@code NO_COLOR} (no-color.org) forbids them
 * @param width of a line, in columns
 */
public record Terminal(PrintStream out, boolean live, Style style, int width) {
    private static final int DEFAULT_COLUMNS = 80;
    private static final int MIN_COLUMNS = 40;

    /** @param logged whether a log is printed too, which would break a line that is being drawn */
    public static Terminal of(PrintStream out, boolean logged, Map<String, String> environment) {
        boolean there = isThere(environment);
        // Set by the launcher.
        String set = environment.getOrDefault("COLUMNS", "");
        int columns = set.matches("[1-9][0-9]{1,3}") ? Math.max(MIN_COLUMNS, Integer.parseInt(set)) : DEFAULT_COLUMNS;
        // Some terminals wrap once the last column is written.
        return new Terminal(out, there && !logged, new Style(there && environment.getOrDefault("NO_COLOR", "").isEmpty()),
                there ? columns - 1 : Integer.MAX_VALUE);
    }

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

    /** Prints a text, safe for a terminal, in lines that begin with {@code indent}. */
    void print(String indent, String text) {
        out.println(indent + String.join("\n" + indent, LogText.wrap(LogText.of(text), width - indent.length())));
    }
}
