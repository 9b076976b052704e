package vmtestd.status;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import vmtestd.report.Json;

/**
 * The distribution of some durations.
 *
 * @param count at least one
 * @param median the middle one, or the mean of the two in the middle
 * @param p95 the smallest that at least 95 % of them do not exceed
 */
record DurationStats(int count, Duration min, Duration median, Duration p95, Duration max) {
    /** Returns null if there are no durations. */
    static DurationStats of(Stream<Duration> durations) {
        List<Duration> sorted = durations.sorted().toList();
        int count = sorted.size();
        if (count == 0) {
            return null;
        }
        Duration median = sorted.get((count - 1) / 2).plus(sorted.get(count / 2)).dividedBy(2);
        return new DurationStats(count, sorted.get(0), median, sorted.get((count * 95 + 99) / 100 - 1), sorted.get(count - 1));
    }

    /** @param stats may be null */
    static Map<String, Object> toJson(DurationStats stats) {
        return stats == null ? null
                : Json.object("count", stats.count, "min", stats.min, "median", stats.median, "p95", stats.p95, "max", stats.max);
    }
}
