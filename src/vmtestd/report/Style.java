package vmtestd.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Colours for a terminal, or none.
 *
 * @param coloured whether escape sequences are written
 */
public record Style(boolean coloured) {
    /** No control characters at all. */
    public static final Style PLAIN = new Style(false);

    /** Colours where standard output is a terminal that has them, and NO_COLOR (no-color.org) does not forbid them. */
    public static Style ofStandardOutput(Map<String, String> environment) {
        boolean forbidden = !environment.getOrDefault("NO_COLOR", "").isEmpty()
                || environment.getOrDefault("TERM", "dumb").equals("dumb");
        return new Style(!forbidden && isTerminal());
    }

    /** The JDK tells it of standard input and output together only; Linux by the name of what is open. */
    private static boolean isTerminal() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString().matches("/dev/(pts/\\d+|tty\\w*|console|hvc\\d+)");
        } catch (IOException e) {
            // No such descriptor, no /proc: then there is no terminal that is known of.
            return false;
        }
    }

    String good(String text) {
        return in("32", text);
    }

    String bad(String text) {
        return in("31", text);
    }

    String doubtful(String text) {
        return in("33", text);
    }

    private String in(String colour, String text) {
        return coloured ? "\u001b[" + colour + "m" + text + "\u001b[0m" : text;
    }
}
