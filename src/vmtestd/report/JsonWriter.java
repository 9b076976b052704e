package vmtestd.report;

import java.time.Duration;
import java.time.Instant;
import vmtestd.time.UtcTime;

/**
 * Writes one JSON value on one line. Names and values are written in the order of the calls; commas
 * come by themselves. Times are RFC 3339 in UTC, to the second; durations are seconds.
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

    public JsonWriter value(String value) {
        separate();
        if (value == null) {
            text.append("null");
            return this;
        }
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
        return this;
    }

    public JsonWriter value(long value) {
        separate();
        text.append(value);
        return this;
    }

    public JsonWriter value(double value) {
        separate();
        text.append(value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : Double.toString(value));
        return this;
    }

    public JsonWriter value(boolean value) {
        separate();
        text.append(value);
        return this;
    }

    /** A time; null is allowed. */
    public JsonWriter value(Instant time) {
        return value(time == null ? null : UtcTime.format(time));
    }

    /** A duration in seconds, to the millisecond. */
    public JsonWriter value(Duration span) {
        return value(span.toMillis() / 1000.0);
    }

    private JsonWriter open(char bracket) {
        separate();
        text.append(bracket);
        return this;
    }

    /** A comma, unless this is the first value in its object or array, or the value behind a name. */
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
