package vmtestd.report;

import java.time.Duration;
import java.time.Instant;
import vmtestd.time.UtcTime;

/**
 * Writes one JSON value on one line, in the order of the calls, and inserts the commas. Times are RFC 3339 in UTC,
 * to the second; durations are seconds, to the millisecond.
 */
public final class JsonWriter {
    private final StringBuilder text = new StringBuilder();

    public JsonWriter beginObject() {
        return open('{');
    }

    public JsonWriter endObject() {
        text.append('}');
        return this;
    }

    public JsonWriter beginArray() {
        return open('[');
    }

    public JsonWriter endArray() {
        text.append(']');
        return this;
    }

    public JsonWriter name(String name) {
        value(name);
        text.append(':');
        return this;
    }

    /** Writes a number, a boolean, a time, a duration or null as such, and anything else as a string. */
    public JsonWriter value(Object value) {
        separate();
        if (value instanceof Duration span) {
            text.append(number(span.toMillis() / 1000.0));
        } else if (value instanceof Double number) {
            text.append(number(number));
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            text.append(value);
        } else {
            string(value instanceof Instant time ? UtcTime.format(time) : value.toString());
        }
        return this;
    }

    /** Returns the shortest decimal form; whole numbers have no decimal point. */
    public static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : Double.toString(value);
    }

    private void string(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f || Character.isSurrogate(c)) {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }

    private JsonWriter open(char bracket) {
        separate();
        text.append(bracket);
        return this;
    }

    /** Writes a comma, unless this is the first value in its object or array, or follows a name. */
    private void separate() {
        if (text.length() > 0 && "{[:".indexOf(text.charAt(text.length() - 1)) < 0) {
            text.append(',');
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
