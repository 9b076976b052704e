package vmtestd.status;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import vmtestd.report.HistoryEntry;
import vmtestd.report.Json;
import vmtestd.run.Step;

/**
 * How the runs ended that started within an hour or a day of UTC.
 *
 * @param start the beginning of the hour or day
 * @param runs how long the passed runs took; of a past day only the median
 * @param boots after which time their guests were up; of a past day only the median
 */
record Tally(Instant start, int passed, int failed, int interrupted, List<Duration> runs, List<Duration> boots) {
    /** Enough for a run every 43 s. Of more runs, the first determine the medians. */
    private static final int MAX_DURATIONS = 2000;

    Tally(Instant start) {
        this(start, 0, 0, 0, List.of(), List.of());
    }

    Tally plus(HistoryEntry run, boolean withDurations) {
        return switch (run.result()) {
            case PASSED -> new Tally(start, passed + 1, failed, interrupted, withDurations ? plus(runs, run.took()) : runs,
                    withDurations ? plus(boots, run.steps().get(Step.BOOT)) : boots);
            case FAILED -> new Tally(start, passed, failed + 1, interrupted, runs, boots);
            case INTERRUPTED -> new Tally(start, passed, failed, interrupted + 1, runs, boots);
        };
    }

    private static List<Duration> plus(List<Duration> durations, Duration duration) {
        if (duration == null || durations.size() == MAX_DURATIONS) {
            return durations;
        }
        List<Duration> more = new ArrayList<>(durations);
        more.add(duration);
        return more;
    }

    Tally plus(Tally other) {
        return new Tally(start, passed + other.passed, failed + other.failed, interrupted + other.interrupted, runs, boots);
    }

    /** Returns the same with medians in place of all durations. */
    Tally finished() {
        return new Tally(start, passed, failed, interrupted, median(runs), median(boots));
    }

    private static List<Duration> median(List<Duration> durations) {
        DurationStats stats = DurationStats.of(durations.stream());
        return stats == null ? List.of() : List.of(stats.median());
    }

    /** Returns how many runs had a verdict. */
    int verdicts() {
        return passed + failed;
    }

    /** Returns the share of passed runs of those with a verdict, rounded down to a tenth: {@code 99.8 %}. */
    String rate() {
        long tenths = passed * 1000L / verdicts();
        return tenths / 10 + (tenths % 10 == 0 ? "" : "." + tenths % 10) + " %";
    }

    /** Returns a day as JSON: {@code date, passed, failed, interrupted, run_median, boot_median}, the medians in seconds or null. */
    Map<String, Object> toJson() {
        Tally day = finished();
        return Json.object("date", start.toString().substring(0, 10), "passed", passed, "failed", failed, "interrupted", interrupted,
                "run_median", day.runs.isEmpty() ? null : day.runs.get(0), "boot_median", day.boots.isEmpty() ? null : day.boots.get(0));
    }
}
