package vmtestd.time;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as Go's {@code time.ParseDuration} and {@code Duration.String} read and write them, which is what operators of
 * ZOS know: {@code 250ms}, {@code 5m}, {@code 1h30m}.
 */
public final class GoDuration {
    private static final Pattern PART = Pattern.compile("\\G([0-9]+\\.?[0-9]*|\\.[0-9]+)(ms|s|m|h)");

    private GoDuration() {}

    /**
     * Parses a duration to the millisecond: decimal numbers with a unit each ({@code ms s m h}), or a lone {@code 0}.
     *
     * @throws IllegalArgumentException if it is not a duration
     */
    public static Duration parse(String text) {
        Matcher part = PART.matcher(text);
        double millis = 0;
        int end = 0;
        while (part.find()) {
            millis += Double.parseDouble(part.group(1)) * switch (part.group(2)) {
                case "ms" -> 1;
                case "s" -> 1_000;
                case "m" -> 60_000;
                default -> 3_600_000;
            };
            end = part.end();
        }
        if (end < text.length() && !text.equals("0") || text.isEmpty()) {
            throw new IllegalArgumentException("not a duration");
        }
        return Duration.ofMillis(Math.round(millis));
    }

    /**
     * Formats a duration, which must not be negative, as Go does ({@code 2m0s}, {@code 1h0m0s}): to the millisecond if it is
     * shorter than a second, else to the tenth of a second.
     */
    public static String format(Duration duration) {
        long millis = duration.toNanosPart() / 1_000_000;
        if (duration.getSeconds() == 0) {
            return duration.isZero() ? "0s" : millis + "ms";
        }
        long tenths = (millis + 50) / 100;
        long seconds = duration.getSeconds() + tenths / 10;
        String tail = seconds % 60 + (tenths % 10 == 0 ? "" : "." + tenths % 10) + "s";
        long minutes = seconds / 60;
        String hours = minutes < 60 ? "" : minutes / 60 + "h";
        return minutes == 0 ? tail : hours + minutes % 60 + "m" + tail;
    }
}
