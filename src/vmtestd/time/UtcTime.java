package vmtestd.time;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Times in logs and files: RFC 3339 in UTC, to the second, such as {@code 2026-11-22T17:36:02Z}. The JDK's own formatters
 * would take half a megabyte of memory.
 */
public final class UtcTime {
    private static final Pattern FORM = Pattern.compile(
            "([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z");

    private UtcTime() {}

    /** Formats a time, truncated to the second. */
    public static String format(Instant time) {
        LocalDateTime utc = LocalDateTime.ofEpochSecond(time.getEpochSecond(), 0, ZoneOffset.UTC);
        return utc.toLocalDate() + "T" + twoDigits(utc.getHour()) + ":" + twoDigits(utc.getMinute()) + ":"
                + twoDigits(utc.getSecond()) + "Z";
    }

    private static String twoDigits(int number) {
        return (number < 10 ? "0" : "") + number;
    }

    /**
     * Parses what {@link #format} returns for the years 0 to 9999.
     *
     * @throws DateTimeException if the text is not such a time
     */
    public static Instant parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new DateTimeException("not a time such as 2026-11-22T17:36:02Z");
        }
        int[] parts = new int[6];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = Integer.parseInt(matcher.group(i + 1));
        }
        return LocalDateTime.of(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]).toInstant(ZoneOffset.UTC);
    }
}
