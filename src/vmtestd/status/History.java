package vmtestd.status;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;

/**
 * What a daemon remembers of its runs. Failures are kept longer than other runs, and with their consoles.
 *
 * @param interval from the start of one run to the start of the next
 * @param maxRunDuration how long a run can last
 * @param running whether a run is in progress
 * @param since when that run started; otherwise when the last one ended, or the daemon started, whichever is later
 * @param lastSuccess when the last passed run ended, or null
 * @param streak the latest runs with the same verdict; null before the first verdict
 * @param runs the last {@value #MAX_RUNS}, oldest first, without consoles
 * @param failures the last {@value #MAX_FAILURES} failed runs, oldest first
 * @param tallies all runs of the last days
 */
record History(Duration interval, Duration maxRunDuration, boolean running, Instant since, Instant lastSuccess, Streak streak,
        List<HistoryEntry> runs, List<HistoryEntry> failures, Tallies tallies) {
    static final int MAX_RUNS = 100;
    private static final int MAX_FAILURES = 20;

    /**
     * Consecutive runs with the same verdict on the node: it passes if the last run of each scenario has. Interrupted runs do
     * not count.
     *
     * @param since when the first of them started
     */
    record Streak(Result result, long runs, Instant since) {}

    static History empty(Duration interval, Duration maxRunDuration, Instant now) {
        return new History(interval, maxRunDuration, false, now, null, null, List.of(), List.of(), Tallies.NONE);
    }

    /** Returns this history as a daemon that has just started continues it. */
    History continued(Duration interval, Duration maxRunDuration, Instant now) {
        return new History(interval, maxRunDuration, false, now, lastSuccess, streak, runs, failures, tallies);
    }

    History runStarted(Instant now) {
        return new History(interval, maxRunDuration, true, now, lastSuccess, streak, runs, failures, tallies);
    }

    /** @param scenarios those whose runs determine the verdict on the node */
    History runEnded(HistoryEntry run, List<Scenario> scenarios, Instant now) {
        Streak next = streak;
        if (run.result() != Result.INTERRUPTED) {
            Result verdict = run.result();
            for (Scenario scenario : scenarios) {
                HistoryEntry last = scenario == run.scenario() ? null : of(scenario).lastVerdict();
                verdict = last != null && last.failed() ? Result.FAILED : verdict;
            }
            next = streak != null && streak.result == verdict ? new Streak(verdict, streak.runs + 1, streak.since)
                    : new Streak(verdict, 1, run.started());
        }
        return new History(interval, maxRunDuration, false, now, run.result() == Result.PASSED ? run.ended() : lastSuccess, next,
                last(MAX_RUNS, runs, run.withoutTexts()), run.failed() ? last(MAX_FAILURES, failures, run) : failures,
                tallies.plus(run));
    }

    private static List<HistoryEntry> last(int max, List<HistoryEntry> runs, HistoryEntry run) {
        List<HistoryEntry> last = new ArrayList<>(runs.subList(Math.max(0, runs.size() + 1 - max), runs.size()));
        last.add(run);
        return last;
    }

    /** Returns the last run, or null. */
    HistoryEntry lastRun() {
        return lastRun(run -> true);
    }

    /** Returns the last run that was not interrupted, or null. */
    HistoryEntry lastVerdict() {
        return lastRun(run -> run.result() != Result.INTERRUPTED);
    }

    /** Returns the scenarios of the runs. */
    Set<Scenario> scenarios() {
        Set<Scenario> scenarios = EnumSet.noneOf(Scenario.class);
        runs.forEach(run -> scenarios.add(run.scenario()));
        return scenarios;
    }

    /** Returns this history with the runs of one scenario only. */
    History of(Scenario scenario) {
        return new History(interval, maxRunDuration, running, since, lastSuccess, streak,
                runs.stream().filter(run -> run.scenario() == scenario).toList(), failures, tallies);
    }

    /** Returns the last run of this kind, or null. */
    HistoryEntry lastRun(Predicate<HistoryEntry> kind) {
        for (int i = runs.size() - 1; i >= 0; i--) {
            if (kind.test(runs.get(i))) {
                return runs.get(i);
            }
        }
        return null;
    }

    /** Returns how many runs ended with this result. */
    long count(Result result) {
        return runs.stream().filter(run -> run.result() == result).count();
    }
}
