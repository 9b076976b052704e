package vmtestd.report;

import java.util.regex.Pattern;

/** Text from elsewhere, made fit for one line of a log or terminal. */
public final class OneLine {
    /** The most characters that are shown of a remote text, escapes included. */
    static final int MAX = 2048;

    private OneLine() {}

    /** What stands for user and password in a URL, which an flist's may have, and a module repeat. */
    private static final Pattern CREDENTIALS = Pattern.compile("://[^/\\s\"'@]*@");

    /** The text without passwords in URLs, cut at {@link #MAX}, with escapes for characters that could begin a line or command a terminal. */
    public static String of(String text) {
        return of(text, MAX);
    }

    static String of(String raw, int max) {
        String text = CREDENTIALS.matcher(raw).replaceAll("://***@");
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            String shown = shown(text.charAt(i));
            if (line.length() + shown.length() > max) {
                return line.append("...").toString();
            }
            line.append(shown);
        }
        return line.toString();
    }

    private static String shown(char c) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> isUnsafe(c) ? String.format("\\u%04x", (int) c) : String.valueOf(c);
        };
    }

    /** Control characters of both sets, line separators, and what turns the direction of writing. */
    private static boolean isUnsafe(char c) {
        int type = Character.getType(c);
        return type == Character.CONTROL || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR;
    }
}
