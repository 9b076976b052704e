package vmtestd.report;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Text from elsewhere, made fit for one line of a log or terminal. */
public final class LogText {
    /** The most characters that are shown of a remote text, escapes included. */
    public static final int MAX = 2048;

    /** What stands behind a text that was cut. */
    public static final String CUT = "...";

    private LogText() {}

    /** What stands for user and password in a URL, which an flist's may have, and a module repeat. */
    private static final Pattern CREDENTIALS = Pattern.compile("://[^/\\s\"]*@");

    /** What no URL contains, and so ends one. Go's JSON writes an ampersand as a backslash, u0026. */
    private static final String NOT_IN_URL = "\"<>\\^`{|}";
    /** At the end of a query, punctuation is more likely the sentence's. */
    private static final String PUNCTUATION = "':,;)]";

    /** The text without passwords and queries in URLs, cut at {@link #MAX}, with escapes for characters that could begin a line or command a terminal. */
    public static String of(String text) {
        return of(text, MAX);
    }

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

    /** The text with {@code ***@} for user and password in URLs, and {@code ?...} for what follows a path or host. */
    public static String withoutSecrets(String raw) {
        String text = CREDENTIALS.matcher(raw).replaceAll("://***@");
        if (text.indexOf('?') < 0) {
            return text;
        }
        StringBuilder shown = new StringBuilder();
        boolean inPath = false;
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            shown.append(c);
            if (c == '?' && inPath) {
                int end = queryEnd(text, i);
                shown.append(end == i ? "" : CUT);
                i = end;
            }
            inPath = c == '/' || inPath && isInUrl(text, i - 1);
        }
        return shown.toString();
    }

    private static int queryEnd(String text, int begin) {
        int end = begin;
        while (end < text.length() && isInUrl(text, end)) {
            end++;
        }
        while (end > begin && PUNCTUATION.indexOf(text.charAt(end - 1)) >= 0) {
            end--;
        }
        return end;
    }

    private static boolean isInUrl(String text, int at) {
        char c = text.charAt(at);
        return c > ' ' && !Character.isWhitespace(c) && NOT_IN_URL.indexOf(c) < 0 || text.startsWith("\\u", at);
    }

    /** A text on lines of at most {@code room} characters, broken at blanks where that is possible. */
    public static List<String> wrap(String text, int room) {
        return wrap(text, room, Integer.MAX_VALUE);
    }

    /** The same on so many lines at most; what is too much is left out. */
    public static List<String> wrap(String text, int room, int maxLines) {
        List<String> lines = new ArrayList<>();
        String rest = text;
        while (rest.length() > room && lines.size() < maxLines - 1) {
            int blank = rest.lastIndexOf(' ', room);
            int end = blank > room / 2 ? blank : cutAt(rest, room);
            lines.add(rest.substring(0, end));
            rest = rest.substring(end).stripLeading();
        }
        if (rest.length() > room) {
            lines.add(rest.substring(0, cutAt(rest, room - CUT.length())) + CUT);
        } else if (!rest.isEmpty() || lines.isEmpty()) {
            lines.add(rest);
        }
        return lines;
    }

    /** The last place at or before {@code end} where a text can be cut without cutting a character in two. */
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
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> isUnsafe(c) ? String.format("\\u%04x", c) : Character.toString(c);
        };
    }

    /** Control characters of both sets, line separators, and what turns the direction of writing. */
    private static boolean isUnsafe(int c) {
        int type = Character.getType(c);
        return type == Character.CONTROL || type == Character.FORMAT
                || type == Character.SURROGATE || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR;
    }
}
