package vmtestd.status;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * All series of one metric's name, in the Prometheus text format 0.0.4. A series is known by its labels
 * as they stand between the braces, such as {@code step="mount"}; without any, by the empty string.
 * Series are there from the start. Not for several threads.
 */
final class MetricFamily {
    /** What its figures mean. */
    enum Type { COUNTER, GAUGE, HISTOGRAM }

    /** Up to here a double counts in ones. */
    private static final double MAX_RESUMED = 1e15;

    private final String name;
    private final Type type;
    private final String help;
    private final double[] bounds;
    /** By the whole name of a series, as it stands in the text. */
    private final Map<String, Double> values = new LinkedHashMap<>();

    private MetricFamily(String name, Type type, String help, double... bounds) {
        this.name = name;
        this.type = type;
        this.help = help;
        this.bounds = bounds;
    }

    static MetricFamily counter(String name, String help) {
        return new MetricFamily(name, Type.COUNTER, help);
    }

    static MetricFamily gauge(String name, String help) {
        return new MetricFamily(name, Type.GAUGE, help);
    }

    /** @param bounds the upper bounds of the buckets, the smallest first; infinity comes by itself */
    static MetricFamily histogram(String name, String help, double... bounds) {
        return new MetricFamily(name, Type.HISTOGRAM, help, bounds);
    }

    /** Adds a series, at zero. */
    MetricFamily with(String labels) {
        if (type != Type.HISTOGRAM) {
            values.put(series("", labels), 0.0);
            return this;
        }
        for (double bound : bounds) {
            values.put(bucket(labels, number(bound)), 0.0);
        }
        values.put(bucket(labels, "+Inf"), 0.0);
        values.put(series("_sum", labels), 0.0);
        values.put(series("_count", labels), 0.0);
        return this;
    }

    double get(String labels) {
        return values.get(series("", labels));
    }

    void set(String labels, double value) {
        put(series("", labels), value);
    }

    void add(String labels, double value) {
        increase(series("", labels), value);
    }

    /** Counts a value in a histogram. */
    void observe(String labels, double value) {
        for (double bound : bounds) {
            if (value <= bound) {
                increase(bucket(labels, number(bound)), 1);
            }
        }
        increase(bucket(labels, "+Inf"), 1);
        increase(series("_sum", labels), value);
        increase(series("_count", labels), 1);
    }

    /**
     * Goes on from values that were written earlier: with all of them, or where one is missing or
     * impossible, with none.
     *
     * @param saved by the whole names of series
     * @return whether all were there
     */
    boolean resume(Map<String, Double> saved) {
        for (String series : values.keySet()) {
            double value = saved.getOrDefault(series, Double.NEGATIVE_INFINITY);
            boolean number = value >= 0 && value < MAX_RESUMED;
            // Only what may not be known yet can have been unknown then.
            if (!number && !(Double.isNaN(value) && values.get(series).isNaN())) {
                return false;
            }
        }
        values.replaceAll((series, zero) -> saved.get(series));
        return true;
    }

    void writeTo(StringBuilder text) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type.name().toLowerCase(Locale.ROOT)).append('\n');
        values.forEach((series, value) -> text.append(series).append(' ').append(number(value)).append('\n'));
    }

    private void increase(String series, double by) {
        put(series, values.getOrDefault(series, 0.0) + by);
    }

    private void put(String series, double value) {
        if (values.replace(series, value) == null) {
            throw new IllegalArgumentException("no series " + series);
        }
    }

    private String bucket(String labels, String bound) {
        return series("_bucket", (labels.isEmpty() ? "" : labels + ",") + "le=\"" + bound + "\"");
    }

    private String series(String suffix, String labels) {
        return name + suffix + (labels.isEmpty() ? "" : "{" + labels + "}");
    }

    /** A number as Go reads it; whole ones without a point. */
    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : Double.toString(value);
    }
}
