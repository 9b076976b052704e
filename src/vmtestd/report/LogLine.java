package vmtestd.report;

import java.time.Duration;
import java.util.regex.Pattern;
import vmtestd.time.GoDuration;

/** The message of a log record as ZOS writes it: words, then {@code key=value} pairs. */
public final class LogLine {
    private static final Pattern PLAIN = Pattern.compile("[^\\x00- \"=\\\\]+");

    private final StringBuilder text;

    public LogLine(String words) {
        text = new StringBuilder(words);
    }

    /** Words that may repeat remote text, which are quoted if something in them could pass for a pair. */
    public static String warn(String words) {
        return words.indexOf('=') < 0 && words.indexOf('"') < 0 ? words : new LogLine("notice").with("detail", words).toString();
    }

    /** Adds a pair; a value with blanks, quotes or equals signs in it is quoted. */
    public LogLine with(String key, Object value) {
        // Before it is quoted: an escape would end a URL.
        String raw = LogText.withoutSecrets(value instanceof Duration span ? GoDuration.format(span) : value.toString());
        boolean plain = PLAIN.matcher(raw).matches();
        text.append(' ').append(key).append('=');
        text.append(plain ? LogText.of(raw) : '"' + LogText.of(raw.replace("\\", "\\\\").replace("\"", "\\\"")) + '"');
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
