package vmtestd;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import vmtestd.report.LogText;

/**
 * A command line in Go's style: {@code -name value} or {@code -name=value}, with one hyphen or two. A switch takes
 * a value only after an equals sign. {@code --} ends the flags. The last value of a repeated flag counts.
 */
final class Flags {
    /** A default that does not fit behind its flag is on the next line. */
    private static final Pattern HELP_LINE = Pattern.compile(
            "(?m)^  --([a-z-]+) ([A-Z:]*) *(?:with --([a-z]+):)?.*?(?:\\s+\\((\\S+)\\))?$");
    private static final Pattern ARGUMENT = Pattern.compile("(?s)(?!--?\\z)--?([^=]*)(?:=(.*))?");

    /**
     * One flag.
     *
     * @param name without its hyphens
     * @param value the word for its value in the help; empty for a switch
     * @param mode the name of the flag without which it is not legal; empty if none
     * @param preset the default; empty if none
     */
    record Flag(String name, String value, String mode, String preset) {
        boolean isSwitch() {
            return value.isEmpty();
        }
    }

    private final Map<String, Flag> known;
    private final Map<String, String> given = new HashMap<>();

    /**
     * Reads a command line.
     *
     * @throws IllegalArgumentException for an unknown flag, a missing value, or an argument that is not a flag
     */
    Flags(Map<String, Flag> known, String... args) {
        this.known = known;
        Iterator<String> words = List.of(args).iterator();
        while (words.hasNext()) {
            String arg = words.next();
            if (arg.equals("--") && !words.hasNext()) {
                return;
            }
            Matcher parts = ARGUMENT.matcher(arg);
            check(parts.matches(), "unexpected argument '" + LogText.redactedUrl(arg) + "': vmtestd takes flags only, see --help");
            String name = parts.group(1).equals("h") ? "help" : parts.group(1);
            Flag flag = known.get(name);
            if (flag == null) {
                throw new IllegalArgumentException("unknown flag --" + LogText.redactedUrl(name) + ": " + suggestion(name));
            }
            String value = parts.group(2) == null && flag.isSwitch() ? "true" : parts.group(2);
            check(value != null || words.hasNext(), "--" + name + ": no value; legal is --" + name + " " + flag.value());
            check(!flag.isSwitch() || value.matches("1|t|T|true|TRUE|True|0|f|F|false|FALSE|False"),
                    "--" + name + "=" + value + ": not a truth value; legal are true and false");
            given.put(name, value == null ? words.next() : value);
        }
    }

    /** Returns the flags of a help text by name, from lines such as {@code  --wait DURATION  with --once: how long (10s)}. */
    static Map<String, Flag> in(String help) {
        Map<String, Flag> flags = new LinkedHashMap<>();
        Matcher line = HELP_LINE.matcher(help);
        while (line.find()) {
            flags.put(line.group(1), new Flag(line.group(1), line.group(2), Objects.requireNonNullElse(line.group(3), ""),
                    Objects.requireNonNullElse(line.group(4), "")));
        }
        return flags;
    }

    private String suggestion(String name) {
        for (String flag : known.keySet()) {
            boolean meant = name.length() > 2 && (flag.startsWith(name) || flag.endsWith("-" + name));
            // Words that differ in one letter only: added, missing, changed or moved.
            for (int i = 0; i <= flag.length() && Math.abs(flag.length() - name.length()) < 2; i++) {
                for (int j = 0; j <= name.length(); j++) {
                    meant |= without(flag, i).equals(without(name, j));
                }
            }
            if (meant) {
                return "did you mean --" + flag + "?";
            }
        }
        return "see --help for a list";
    }

    /** The word without the letter at an index; the whole word if the index is its length. */
    private static String without(String word, int at) {
        return word.substring(0, at) + word.substring(Math.min(at + 1, word.length()));
    }

    /** Returns the value that was given, or the flag's default. */
    String get(String name) {
        return isGiven(name) ? given.get(name) : known.get(name).preset();
    }

    /**
     * Returns a flag's value as {@code parser} returns it.
     *
     * @param legal what is legal, for the error
     * @param parser throws an IllegalArgumentException whose message says what is wrong
     */
    <T> T get(String name, String legal, Function<String, T> parser) {
        try {
            return parser.apply(get(name));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "--" + name + " '" + LogText.redactedUrl(get(name)) + "': " + e.getMessage() + "; legal is " + legal);
        }
    }

    /** Throws an IllegalArgumentException with this message unless a condition holds. */
    static void check(boolean legal, String error) {
        if (!legal) {
            throw new IllegalArgumentException(error);
        }
    }

    boolean isGiven(String name) {
        return given.containsKey(name);
    }

    /** Returns whether a switch is on. */
    boolean isSet(String name) {
        return given.getOrDefault(name, "0").matches("[1tT].*");
    }
}
