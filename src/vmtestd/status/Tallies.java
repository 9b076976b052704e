package vmtestd.status;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import vmtestd.report.HistoryEntry;

/**
 * The runs of the last {@value #MAX_HOURS} hours and {@value #MAX_DAYS} days in which there were any.
 *
 * @param hours oldest first, without durations
 * @param days oldest first
 */
record Tallies(List<Tally> hours, List<Tally> days) {
    static final int MAX_HOURS = 24;
    static final int MAX_DAYS = 90;

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);

    static final Tallies NONE = new Tallies(List.of(), List.of());

    Tallies plus(HistoryEntry run) {
        return new Tallies(plus(hours, HOUR, MAX_HOURS, run), plus(days, DAY, MAX_DAYS, run));
    }

    private static List<Tally> plus(List<Tally> tallies, Duration span, int max, HistoryEntry run) {
        List<Tally> result = new ArrayList<>(tallies);
        Tally current = new Tally(startOf(run.started(), span));
        if (!result.isEmpty()) {
            Tally last = result.remove(result.size() - 1);
            if (current.start().isAfter(last.start())) {
                result.add(last.finished());
            } else {
                // Also if the clock was set back in between.
                current = last;
            }
        }
        result.add(current.plus(run, span == DAY));
        return result.subList(Math.max(0, result.size() - max), result.size());
    }

    private static Instant startOf(Instant time, Duration span) {
        return Instant.ofEpochSecond(Math.floorDiv(time.getEpochSecond(), span.toSeconds()) * span.toSeconds());
    }

    static Instant today(Instant now) {
        return startOf(now, DAY);
    }

    /** Returns the sum of the current hour and those before it, {@code count} altogether. */
    Tally lastHours(int count, Instant now) {
        return sum(hours, startOf(now, HOUR).minus(HOUR.multipliedBy(count - 1)));
    }

    /** Returns the sum of today and the days before it, {@code count} altogether. */
    Tally lastDays(int count, Instant now) {
        return sum(days, startOf(now, DAY).minus(DAY.multipliedBy(count - 1)));
    }

    private static Tally sum(List<Tally> tallies, Instant start) {
        Tally sum = new Tally(start);
        for (Tally tally : tallies) {
            if (!tally.start().isBefore(start)) {
                sum = sum.plus(tally);
            }
        }
        return sum;
    }

    /** Returns the rates of 24 hours, 7 and 30 days, without those in which no run had a verdict. */
    String rates(Instant now) {
        return (rate("24 h ", lastHours(24, now)) + rate("7 d ", lastDays(7, now)) + rate("30 d ", lastDays(30, now))).strip();
    }

    private static String rate(String name, Tally tally) {
        return tally.verdicts() == 0 ? "" : name + tally.rate() + "   ";
    }
}
