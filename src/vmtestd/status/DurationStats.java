package vmtestd.status;

import java.time.Duration;
import java.util.List;

/**
 * How a set of durations is spread.
 *
 * @param count how many there are, at least one
 * @param median the middle one, or the mean of the two in the middle
 * @param p95 the smallest that at least 95 % of them do not exceed
 */
record DurationStats(int count, Duration min, Duration median, Duration p95, Duration max) {
    /** The spread of these durations; null where there are none. */
    static DurationStats of(List<Duration> durations) {
        int count = durations.size();
        if (count == 0) {
            return null;
        }
        List<Duration> sorted = durations.stream().sorted().toList();
        Duration median = sorted.get((count - 1) / 2).plus(sorted.get(count / 2)).dividedBy(2);
        return new DurationStats(count, sorted.get(0), median, sorted.get((count * 95 + 99) / 100 - 1), sorted.get(count - 1));
    }
}
