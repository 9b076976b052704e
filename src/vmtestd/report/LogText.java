package vmtestd.report;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes text from elsewhere fit for a log or terminal: one line, no control characters, no secrets, bounded. */
public final class LogText {
    /** The longest text that is shown, in characters, including escapes. */
    public static final int MAX = 2048;

    /** Replaces the end of a text that was cut. */
    public static final String CUT = "...";

    /** User and password in a URL, such as that of an flist. Modules repeat such URLs in their errors. */
    private static final Pattern CREDENTIALS = Pattern.compile("://[^/\\s\"]*@");

    /** What a URL can contain, less the end of the class. Go's JSON writes an ampersand as a backslash and u0026. */
    private static final String IN_URL = "(?!\\\\(?!u))[^\\x00- \\p{javaWhitespace}\"<>^`{|}";
    /** A path and its query. It matches paths without a query too, so that the search takes one pass. */
    private static final Pattern PATH_AND_QUERY = Pattern.compile("(/(?:" + IN_URL + "?])*+\\??)((?:" + IN_URL + "])*+)");
    /** At the end of a query, more likely part of the sentence. */
    private static final String PUNCTUATION = "':,;)]";

    private LogText() {}

    /** Returns the text on one line, without secrets, and cut at {@link #MAX}. */
    public static String of(String text) {
        return of(text, MAX);
    }

    /** As {@link #of(String)}, cut at {@code max} characters, not counting {@link #CUT}. */
    public static String of(String raw, int max) {
        String text = withoutSecrets(raw);
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            String shown = shown(text.codePointAt(i));
            if (line.length() + shown.length() > max) {
                return line.append(CUT).toString();
            }
            line.append(shown);
        }
        return line.toString();
    }

    /** Replaces user and password in URLs by {@code ***}, and the query after a path by {@code ...}. */
    static String withoutSecrets(String raw) {
        String text = CREDENTIALS.matcher(raw).replaceAll("://***@");
        return text.indexOf('?') < 0 ? text : PATH_AND_QUERY.matcher(text).replaceAll(
                match -> Matcher.quoteReplacement(match.group(1) + withoutQuery(match.group(2))));
    }

    private static String withoutQuery(String query) {
        int end = query.length();
        while (end > 0 && PUNCTUATION.indexOf(query.charAt(end - 1)) >= 0) {
            end--;
        }
        return (end == 0 ? "" : CUT) + query.substring(end);
    }

    /** Breaks a text into lines of at most {@code width} characters, at blanks if possible. */
    public static List<String> wrap(String text, int width) {
        return wrap(text, width, Integer.MAX_VALUE);
    }

    /** As {@link #wrap(String, int)}, cut after {@code maxLines} lines. */
    public static List<String> wrap(String text, int width, int maxLines) {
        List<String> lines = new ArrayList<>();
        String rest = text.stripTrailing();
        while (rest.length() > width && lines.size() < maxLines - 1) {
            int blank = rest.lastIndexOf(' ', width);
            int end = blank > width / 2 ? blank : cutAt(rest, width);
            lines.add(rest.substring(0, end));
            rest = rest.substring(end).stripLeading();
        }
        lines.add(rest.length() > width ? rest.substring(0, cutAt(rest, width - CUT.length())) + CUT : rest);
        return lines;
    }

    /** Returns the last index at or before {@code end} that is not in the middle of a surrogate pair. */
    public static int cutAt(String text, int end) {
        return end > 0 && end < text.length() && Character.isLowSurrogate(text.charAt(end)) ? end - 1 : end;
    }

    /** Text that should be a URL, without what may be its password or query, however it is mistyped. */
    public static String redactedUrl(String url) {
        // A question mark before the last @ is in the password or the query.
        return url.replaceFirst("(?s)^([a-z]+:/*)?.*\\?.*@.*", "$1***").replaceFirst("(?s)^([a-z]+:/*)?.*@", "$1***@")
                .replaceFirst("(?s)\\?.+", "?...");
    }

    private static String shown(int c) {
        int escape = "\n\r\t".indexOf(c);
        if (escape >= 0) {
            return "\\" + "nrt".charAt(escape);
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                String.format("\\u%04x", c);
            default -> Character.toString(c);
        };
    }
}
