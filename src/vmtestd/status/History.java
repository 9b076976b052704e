package vmtestd.status;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import vmtestd.report.HistoryEntry;

/**
 * What is remembered of a daemon's runs. Failures are kept for longer than runs that passed, and with what was on their
 * consoles.
 *
 * @param interval from the beginning of one run to that of the next
 * @param maxRunDuration how long a run can last
 * @param runningSince when the run that is going on began; null for none
 * @param streak the latest runs that ended alike; null before the first verdict
 * @param runs the last {@value #MAX_RUNS}, the oldest first
 * @param failures the last {@value #MAX_FAILURES} that failed, the oldest first
 * @param damagedLines how many lines of its file were dropped because they could not be read
 */
record History(Duration interval, Duration maxRunDuration, Instant runningSince, Streak streak, List<HistoryEntry> runs,
        List<HistoryEntry> failures, long damagedLines) {
    static final int MAX_RUNS = 100;
    static final int MAX_FAILURES = 20;

    /**
     * Runs one behind the other that ended alike; those that were interrupted do not count.
     *
     * @param since when the first of them began
     */
    record Streak(HistoryEntry.Result result, long runs, Instant since) {
        /** The streak once a run has ended; {@code before} may be null. */
        static Streak after(Streak before, HistoryEntry run) {
            if (run.result() == HistoryEntry.Result.INTERRUPTED) {
                return before;
            }
            return before != null && before.result == run.result()
                    ? new Streak(before.result, before.runs + 1, before.since)
                    : new Streak(run.result(), 1, run.started());
        }
    }

    History {
        runs = List.copyOf(runs);
        failures = List.copyOf(failures);
    }

    static History empty(Duration interval, Duration maxRunDuration) {
        return new History(interval, maxRunDuration, null, null, List.of(), List.of(), 0);
    }

    /** The same history, in the hands of a daemon that has just started. */
    History takenOver(Duration interval, Duration maxRunDuration) {
        return new History(interval, maxRunDuration, null, streak, runs, failures, damagedLines);
    }

    History runStarted(Instant now) {
        return new History(interval, maxRunDuration, now, streak, runs, failures, damagedLines);
    }

    /** The same history and a failure that is older than all its runs, but not than its other failures. */
    History withOlderFailure(HistoryEntry run) {
        return new History(interval, maxRunDuration, runningSince, streak, runs, last(MAX_FAILURES, failures, run), damagedLines);
    }

    History runEnded(HistoryEntry run) {
        return new History(interval, maxRunDuration, null, Streak.after(streak, run), last(MAX_RUNS, runs, run.withoutConsoles()),
                run.failed() ? last(MAX_FAILURES, failures, run) : failures, damagedLines);
    }

    private static List<HistoryEntry> last(int max, List<HistoryEntry> runs, HistoryEntry run) {
        List<HistoryEntry> last = new ArrayList<>(runs.subList(Math.max(0, runs.size() + 1 - max), runs.size()));
        last.add(run);
        return last;
    }
}
