package vmtestd.time;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.regex.Pattern;

/**
 * Times in logs and files: RFC 3339 in UTC, to the second, such as {@code 2026-11-22T17:36:02Z}. The JDK's own formatters
 * would take half a megabyte of memory.
 */
public final class UtcTime {
    private static final Pattern FORM = Pattern.compile("[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z");

    private UtcTime() {}

    /** Formats a time, truncated to the second. */
    public static String format(Instant time) {
        LocalDateTime utc = LocalDateTime.ofEpochSecond(time.getEpochSecond(), 0, ZoneOffset.UTC);
        // LocalDateTime omits seconds that are zero.
        return utc + (utc.getSecond() == 0 ? ":00Z" : "Z");
    }

    /**
     * Parses what {@link #format} returns for the years 0 to 9999.
     *
     * @throws DateTimeException if the text is not such a time
     */
    public static Instant parse(String text) {
        if (!FORM.matcher(text).matches()) {
            throw new DateTimeException("not a time such as 2026-11-22T17:36:02Z");
        }
        return LocalDateTime.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10),
                number(text, 11, 13), number(text, 14, 16), number(text, 17, 19)).toInstant(ZoneOffset.UTC);
    }

    private static int number(String text, int begin, int end) {
        return Integer.parseInt(text, begin, end, 10);
    }
}
