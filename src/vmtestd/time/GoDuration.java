package vmtestd.time;

import java.time.Duration;

/**
 * Durations in the notation of Go's {@code time.ParseDuration} and {@code Duration.String}, which
 * is the one that ZOS's operators write and read: {@code 250ms}, {@code 5m}, {@code 1h30m}.
 */
public final class GoDuration {
    private static final String[] UNITS = {"ns", "us", "\u00b5s", "\u03bcs", "ms", "s", "m", "h"};
    private static final long[] NANOS = {
        1, 1_000, 1_000, 1_000, 1_000_000, 1_000_000_000L, 60_000_000_000L, 3_600_000_000_000L};

    private GoDuration() {}

    /**
     * Reads a duration: an optional sign, then decimal numbers with a unit each
     * ({@code ns us ms s m h}), or a lone {@code 0}.
     *
     * @throws IllegalArgumentException where it is none, or is over 292 years
     */
    public static Duration parse(String text) {
        boolean negative = text.startsWith("-");
        String rest = negative || text.startsWith("+") ? text.substring(1) : text;
        if (rest.equals("0")) {
            return Duration.ZERO;
        }
        if (rest.isEmpty()) {
            throw new IllegalArgumentException("no duration");
        }
        long total = 0;
        int at = 0;
        try {
            while (at < rest.length()) {
                int unitAt = endOf(rest, at, true);
                int next = endOf(rest, unitAt, false);
                total = Math.addExact(total, nanos(rest.substring(at, unitAt), rest.substring(unitAt, next)));
                at = next;
            }
        } catch (ArithmeticException tooLarge) {
            throw new IllegalArgumentException("too long a duration", tooLarge);
        }
        return Duration.ofNanos(negative ? -total : total);
    }

    /** Where the run of characters that belong to a number, or of those that do not, ends. */
    private static int endOf(String text, int from, boolean number) {
        int at = from;
        while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.') == number) {
            at++;
        }
        return at;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static long nanos(String number, String unit) {
        int dot = number.indexOf('.');
        String whole = dot < 0 ? number : number.substring(0, dot);
        String fraction = dot < 0 ? "" : number.substring(dot + 1);
        if (whole.isEmpty() && fraction.isEmpty() || fraction.indexOf('.') >= 0) {
            throw new IllegalArgumentException("not a number: '" + number + "'");
        }
        for (int i = 0; i < UNITS.length; i++) {
            if (UNITS[i].equals(unit)) {
                long nanos = whole.isEmpty() ? 0 : Math.multiplyExact(wholeNumber(whole), NANOS[i]);
                double part = fraction.isEmpty() ? 0 : Double.parseDouble("0." + fraction) * NANOS[i];
                return Math.addExact(nanos, (long) part);
            }
        }
        throw new IllegalArgumentException(unit.isEmpty() ? "no unit behind " + number : "unknown unit '" + unit + "'");
    }

    private static long wholeNumber(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new ArithmeticException("more than a long holds: " + digits);
        }
    }

    /**
     * Writes a duration as Go does ({@code 2m0s}, {@code 1h0m0s}), to the tenth of a second from a
     * second on and to the millisecond below: this is for people.
     */
    public static String format(Duration duration) {
        if (duration.isNegative()) {
            return "-" + format(duration.negated());
        }
        long millis = duration.toNanosPart() / 1_000_000;
        if (duration.getSeconds() == 0) {
            return duration.isZero() ? "0s" : millis + "ms";
        }
        long tenths = (millis + 50) / 100;
        long seconds = duration.getSeconds() + tenths / 10;
        String tail = seconds % 60 + (tenths % 10 == 0 ? "" : "." + tenths % 10) + "s";
        long minutes = seconds / 60;
        if (minutes == 0) {
            return tail;
        }
        return minutes < 60 ? minutes + "m" + tail : minutes / 60 + "h" + minutes % 60 + "m" + tail;
    }
}
