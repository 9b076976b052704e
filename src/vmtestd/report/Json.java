package vmtestd.report;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import vmtestd.time.UtcTime;

/**
 * Writes JSON on one line: maps, lists, numbers, booleans and null as such, times as RFC 3339 in UTC to the second,
 * durations as seconds to the millisecond, and anything else as a string. Whole numbers have no decimal point.
 */
public final class Json {
    private Json() {}

    public static String of(Object value) {
        if (value instanceof Map<?, ?> map) {
            StringJoiner text = new StringJoiner(",", "{", "}");
            map.forEach((name, element) -> text.add(string(name.toString()) + ":" + of(element)));
            return text.toString();
        } else if (value instanceof List<?> list) {
            StringJoiner text = new StringJoiner(",", "[", "]");
            list.forEach(element -> text.add(of(element)));
            return text.toString();
        } else if (value instanceof Duration span) {
            return of(span.toMillis() / 1000.0);
        } else if (value instanceof Double number) {
            boolean whole = number == Math.rint(number) && Math.abs(number) < 1e15;
            return whole ? Long.toString(number.longValue()) : number.toString();
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            return String.valueOf(value);
        }
        return string(value instanceof Instant time ? UtcTime.format(time) : value.toString());
    }

    /** Returns an object of alternate names and values, in this order; values may be null. */
    public static Map<String, Object> object(Object... namesAndValues) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put(namesAndValues[i].toString(), namesAndValues[i + 1]);
        }
        return object;
    }

    private static String string(String value) {
        StringBuilder text = new StringBuilder("\"");
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
        return text.append('"').toString();
    }
}
