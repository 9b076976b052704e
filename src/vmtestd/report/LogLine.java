package vmtestd.report;

import java.time.Duration;
import java.util.regex.Pattern;
import vmtestd.time.GoDuration;

/** The message of a log record in the form of ZOS: words, then {@code key=value} pairs. */
public final class LogLine {
    private static final Pattern PLAIN = Pattern.compile("[^\\x00- \"=\\\\]+");

    private final StringBuilder text;

    public LogLine(String words) {
        text = new StringBuilder(words);
    }

    /** Returns a warning that may repeat remote text: as it is, or quoted if part of it could be taken for a pair. */
    public static String warn(String words) {
        return words.indexOf('=') < 0 && words.indexOf('"') < 0 ? words : new LogLine("notice").with("detail", words).toString();
    }

    /** Adds a pair. A value with blanks, quotes, backslashes or equals signs is quoted. */
    public LogLine with(String key, Object value) {
        // Secrets first: a quote's backslash would end a URL.
        String raw = LogText.withoutSecrets(value instanceof Duration span ? GoDuration.format(span) : value.toString());
        text.append(' ').append(key).append('=').append(PLAIN.matcher(raw).matches() ? LogText.of(raw)
                : '"' + LogText.of(raw.replace("\\", "\\\\").replace("\"", "\\\"")) + '"');
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
