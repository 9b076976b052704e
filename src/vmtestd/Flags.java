package vmtestd;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A command line in Go's style: {@code -name value}, {@code -name=value}, with one hyphen or two. A
 * switch takes a value only behind an equals sign. {@code --} ends the flags. A flag that is given
 * twice has its last value.
 */
final class Flags {
    /**
     * One flag.
     *
     * @param group what the help has it under; empty where it is not shown
     * @param name without its hyphens
     * @param value what the value is called in the help; empty for a switch
     * @param preset the value where none is given
     * @param help what it is for, in one line
     */
    record Flag(String group, String name, String value, String preset, String help) {
        boolean isSwitch() {
            return value.isEmpty();
        }
    }

    private final Map<String, String> presets = new HashMap<>();
    private final Map<String, String> given = new HashMap<>();

    /**
     * Reads a command line.
     *
     * @throws UsageException for an unknown flag, a missing value, or a word that is no flag
     */
    Flags(List<Flag> known, String... args) throws UsageException {
        for (Flag flag : known) {
            presets.put(flag.name(), flag.preset());
        }
        int at = 0;
        while (at < args.length) {
            String arg = args[at++];
            if (arg.equals("--") && at == args.length) {
                return;
            }
            if (!arg.startsWith("-") || arg.equals("-") || arg.equals("--")) {
                throw new UsageException("unexpected argument '" + withoutPassword(arg) + "': vmtestd takes flags only, see --help");
            }
            int equals = arg.indexOf('=');
            String name = (equals < 0 ? arg : arg.substring(0, equals)).replaceFirst("^--?", "");
            Flag flag = find(known, name);
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

    /** What may be a URL, without what may be its password or query, however it is mistyped. */
    static String withoutPassword(String value) {
        // A question mark before the last @ is in either of them.
        return value.replaceFirst("(?s)^([a-z]+:/*)?.*\\?.*@.*", "$1***").replaceFirst("(?s)^([a-z]+:/*)?.*@", "$1***@")
                .replaceFirst("(?s)\\?.+", "?...");
    }

    private static Flag find(List<Flag> known, String name) throws UsageException {
        for (Flag flag : known) {
            if (flag.name().equals(name)) {
                return flag;
            }
        }
        throw new UsageException("unknown flag --" + withoutPassword(name) + ": " + suggestion(known, name));
    }

    /** Where to look: at the flag that was most likely meant, or at the help where none is near. */
    private static String suggestion(List<Flag> known, String name) {
        String nearest = "";
        int least = 3;
        for (Flag flag : known) {
            boolean part = name.length() > 2 && (flag.name().startsWith(name) || flag.name().endsWith("-" + name));
            int distance = part ? 1 : distance(flag.name(), name);
            // Of a short name, as many changes would make any other.
            if (distance < least && distance * 2 < flag.name().length()) {
                least = distance;
                nearest = flag.name();
            }
        }
        return nearest.isEmpty() ? "see --help for those there are" : "did you mean --" + nearest + "?";
    }

    /** How many letters must be put in, left out, changed or swapped with the next to make one word of another. */
    private static int distance(String a, String b) {
        if (Math.abs(a.length() - b.length()) > 2) {
            return Integer.MAX_VALUE / 2;
        }
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int changed = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                cost[i][j] = Math.min(changed, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }

    private static String truth(String name, String value) throws UsageException {
        return switch (value) {
            case "1", "t", "T", "true", "TRUE", "True" -> "true";
            case "0", "f", "F", "false", "FALSE", "False" -> "false";
            default -> throw new UsageException("--" + name + "=" + value + ": not a truth value; legal are true and false");
        };
    }

    /** The value that was given, or the flag's preset. */
    String get(String name) {
        return given.getOrDefault(name, presets.get(name));
    }

    boolean isGiven(String name) {
        return given.containsKey(name);
    }

    boolean isSet(String name) {
        return get(name).equals("true");
    }
}
