package vmtestd.report;

/** Text from elsewhere, made fit for one line of a log or terminal. */
public final class OneLine {
    /** The most characters that are shown of a remote text, escapes included. */
    static final int MAX = 2048;

    private OneLine() {}

    /** The text cut at {@link #MAX}, with escapes for characters that could begin a line or command a terminal. */
    public static String of(String text) {
        return of(text, MAX);
    }

    static String of(String text, int max) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (line.length() >= max) {
                return line.append("...").toString();
            }
            switch (c) {
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> {
                    if (isUnsafe(c)) {
                        line.append(String.format("\\u%04x", (int) c));
                    } else {
                        line.append(c);
                    }
                }
            }
        }
        return line.toString();
    }

    /** Control characters of both sets, line separators, and what turns the direction of writing. */
    private static boolean isUnsafe(char c) {
        int type = Character.getType(c);
        return type == Character.CONTROL || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR;
    }
}
