package vmtestd.report;

/**
 * Colours for a terminal, or none. Only those of the terminal's palette that are readable on light and dark
 * backgrounds, so no yellow.
 *
 * @param coloured whether escape sequences are written
 */
public record Style(boolean coloured) {
    /** No control characters at all. */
    public static final Style PLAIN = new Style(false);

    public String good(String text) {
        return in("32", text);
    }

    public String bad(String text) {
        return in("31", text);
    }

    public String doubtful(String text) {
        return in("35", text);
    }

    private String in(String colour, String text) {
        return coloured ? "\u001b[" + colour + "m" + text + "\u001b[0m" : text;
    }
}
