package vmtestd;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import vmtestd.report.LogText;

/**
 * A command line in Go's style: {@code -name value} or {@code -name=value}, with one hyphen or two. A switch takes
 * a value only after an equals sign. {@code --} ends the flags. The last value of a repeated flag counts.
 */
final class Flags {
    /**
     * One flag.
     *
     * @param name without its hyphens
     * @param value the word for its value in the help; empty for a switch
     * @param preset the default; empty if none
     */
    record Flag(String name, String value, String preset) {
        boolean isSwitch() {
            return value.isEmpty();
        }
    }

    private final List<Flag> known;
    private final Map<String, String> given = new HashMap<>();

    /**
     * Reads a command line.
     *
     * @throws UsageException for an unknown flag, a missing value, or an argument that is not a flag
     */
    Flags(List<Flag> known, String... args) throws UsageException {
        this.known = known;
        int at = 0;
        while (at < args.length) {
            String arg = args[at++];
            if (arg.equals("--") && at == args.length) {
                return;
            }
            if (!arg.startsWith("-") || arg.equals("-") || arg.equals("--")) {
                throw new UsageException("unexpected argument '" + LogText.redactedUrl(arg) + "': vmtestd takes flags only, see --help");
            }
            int equals = arg.indexOf('=');
            String word = (equals < 0 ? arg : arg.substring(0, equals)).replaceFirst("^--?", "");
            String name = word.equals("h") ? "help" : word;
            Flag flag = find(known, name);
            if (flag == null) {
                throw new UsageException("unknown flag --" + LogText.redactedUrl(name) + ": " + suggestion(name));
            }
            if (flag.isSwitch()) {
                given.put(name, equals < 0 ? "true" : truth(name, arg.substring(equals + 1)));
            } else if (equals >= 0) {
                given.put(name, arg.substring(equals + 1));
            } else if (at < args.length) {
                given.put(name, args[at++]);
            } else {
                throw new UsageException("--" + name + ": no value; legal is --" + name + " " + flag.value());
            }
        }
    }

    /** Returns null if there is no such flag. */
    static Flag find(List<Flag> known, String name) {
        for (Flag flag : known) {
            if (flag.name().equals(name)) {
                return flag;
            }
        }
        return null;
    }

    private String suggestion(String name) {
        for (Flag flag : known) {
            boolean part = name.length() > 2 && (flag.name().startsWith(name) || flag.name().endsWith("-" + name));
            if (part || isTypo(flag.name(), name)) {
                return "did you mean --" + flag.name() + "?";
            }
        }
        return "see --help for a list";
    }

    /** Whether the words differ in one letter only: added, missing, changed or moved. */
    private static boolean isTypo(String a, String b) {
        for (int i = 0; i <= a.length() && Math.abs(a.length() - b.length()) < 2; i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (without(a, i).equals(without(b, j))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The word without the letter at an index; the whole word if the index is its length. */
    private static String without(String word, int at) {
        return word.substring(0, at) + word.substring(Math.min(at + 1, word.length()));
    }

    private static String truth(String name, String value) throws UsageException {
        return switch (value) {
            case "1", "t", "T", "true", "TRUE", "True" -> "true";
            case "0", "f", "F", "false", "FALSE", "False" -> "false";
            default -> throw new UsageException("--" + name + "=" + value + ": not a truth value; legal are true and false");
        };
    }

    /** The value that was given, or the flag's default. */
    String get(String name) {
        return isGiven(name) ? given.get(name) : find(known, name).preset();
    }

    boolean isGiven(String name) {
        return given.containsKey(name);
    }

    boolean isSet(String name) {
        return get(name).equals("true");
    }

    /** The error for a value that is not legal. */
    UsageException wrong(String name, String why, String legal) {
        return new UsageException("--" + name + " '" + LogText.redactedUrl(get(name)) + "': " + why + "; legal is " + legal);
    }
}
