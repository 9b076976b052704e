package vmtestd.status;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.report.Json;
import vmtestd.report.Style;
import vmtestd.run.Step;

/**
 * How a node is doing, according to its history.
 *
 * @param now when it is judged
 */
public record Status(History history, Instant now) {
    enum State {
        /** The last run of each scenario passed. */
        HEALTHY,
        /** The last run of a scenario failed. */
        FAILING,
        /** The daemon is overdue: nobody tests this node. */
        STALE,
        /** There is no verdict yet. */
        UNKNOWN;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How late a run may start or end before the daemon is overdue. */
    private static final Duration SLACK = Duration.ofMinutes(1);

    /** Stands for no history: the default interval, and an unknown state. */
    private static final History NONE = History.empty(Duration.ofMinutes(5), Duration.ofMinutes(20), Instant.EPOCH);

    /**
     * Reads the history of a daemon, and changes nothing in its root directory.
     *
     * @throws IOException if there is a history that cannot be read
     */
    public static Status read(Path root, Instant now) throws IOException {
        HistoryFile file = HistoryFile.in(root);
        try {
            return new Status(file.read(), now);
        } catch (NoSuchFileException e) {
            return new Status(NONE, now);
        } catch (IOException e) {
            throw new IOException(file.file() + " cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Returns whole lines for people.
     *
     * @param slo an objective to judge too, or null
     */
    public String text(Path root, Style style, Slo slo) {
        return (history == NONE ? StatusText.withoutHistory(root) : StatusText.of(this, style))
                + (slo == null ? "" : "\nobjective " + slo.judge(history.tallies(), now).text() + "\n");
    }

    /**
     * Returns one JSON object on a line. Durations are seconds, times RFC 3339 in UTC; unknown values are null.
     *
     * <pre>
     * state               healthy, failing, stale or unknown
     * time                when it was judged
     * interval            from the start of one run to the start of the next
     * running_since       when the run in progress started
     * streak              {result, runs, since}: the latest runs after which the node had the same verdict
     * last_run            as below
     * success_rate        of the runs below that have a verdict, 0 to 1
     * passed, failed, interrupted    how many of the runs below
     * run_duration        {count, min, median, p95, max} of the passed runs
     * step_duration       the same by step, of the passed steps
     * scenarios           by scenario: {passed, failed, last_result, run_duration}
     * runs                the last 100, oldest first: {id, scenario, started, took, result, steps}, and unless passed
     *                     {step, cause, detail}
     * failures            the last 20 failed runs, likewise, with the ends of their consoles in lines, if not empty:
     *                     {guest, console}, the guest's own and the hypervisor's log
     * days                the last 90 with runs, oldest first: {date, passed, failed, interrupted, run_median, boot_median}
     * objective           {text, met, detail} of {@code --slo}; met is null if unknown
     * damaged_lines       always 0; version 0.1 counted here what it could not read
     * </pre>
     *
     * @param slo an objective to judge too, or null
     */
    public String json(Slo slo) {
        Slo.Verdict verdict = slo == null ? null : slo.judge(history.tallies(), now);
        History.Streak streak = history.streak();
        long passed = history.count(Result.PASSED);
        long failed = history.count(Result.FAILED);
        Map<Step, Object> steps = new EnumMap<>(Step.class);
        for (Step step : Step.values()) {
            steps.put(step, DurationStats.toJson(step(step)));
        }
        steps.values().removeIf(Objects::isNull);
        Map<Scenario, Object> scenarios = new EnumMap<>(Scenario.class);
        for (Scenario scenario : history.scenarios()) {
            History own = history.of(scenario);
            scenarios.put(scenario, Json.object("passed", own.count(Result.PASSED), "failed", own.count(Result.FAILED),
                    "last_result", own.lastRun().result(), "run_duration", DurationStats.toJson(new Status(own, now).runs())));
        }
        Map<String, Object> json = Json.object("state", state(), "time", now, "interval", history.interval(),
                "running_since", history.running() ? history.since() : null,
                "streak", streak == null ? null : Json.object("result", streak.result(), "runs", streak.runs(), "since", streak.since()),
                "last_run", history.lastRun() == null ? null : history.lastRun().toJson(),
                "success_rate", passed + failed == 0 ? null : (Object) ((double) passed / (passed + failed)),
                "passed", passed, "failed", failed, "interrupted", history.count(Result.INTERRUPTED),
                "run_duration", DurationStats.toJson(runs()), "step_duration", steps, "scenarios", scenarios,
                "runs", history.runs().stream().map(HistoryEntry::toJson).toList(),
                "failures", history.failures().stream().map(HistoryEntry::toJson).toList(),
                "days", history.tallies().days().stream().map(Tally::toJson).toList(), "damaged_lines", 0);
        if (slo != null) {
            json.put("objective", Json.object("text", slo.text(), "met", verdict.exitStatus() == 3 ? null : (Object) (verdict.exitStatus() == 0),
                    "detail", verdict.text()));
        }
        return Json.of(json) + "\n";
    }

    /**
     * Returns all that is known of a failed run, as lines for people or as one line of JSON, or null if there is no such run.
     *
     * @param id of the run, or {@code last}
     */
    public String failure(String id, boolean json, Style style) {
        for (int i = history.failures().size() - 1; i >= 0; i--) {
            HistoryEntry run = history.failures().get(i);
            if (id.equals("last") || id.equals(run.id())) {
                return json ? Json.of(run.toJson()) + "\n" : StatusText.failure(this, run, style);
            }
        }
        return null;
    }

    /** Returns 0 if healthy, 1 if failing, 3 if stale or unknown; of an objective, if there is one, 0 if met, 1 if not met, 3 if unknown. */
    public int exitStatus(Slo slo) {
        return slo != null ? slo.judge(history.tallies(), now).exitStatus() : switch (state()) {
            case HEALTHY -> 0;
            case FAILING -> 1;
            case STALE, UNKNOWN -> 3;
        };
    }

    State state() {
        if (history.streak() == null) {
            return State.UNKNOWN;
        }
        return isOverdue() ? State.STALE : history.streak().result() == Result.PASSED ? State.HEALTHY : State.FAILING;
    }

    /** Returns whether a run should have started or ended by now. */
    boolean isOverdue() {
        Duration allowed = history.running() ? history.maxRunDuration() : history.interval();
        // A time in the future was written before the clock was set back.
        return now.isAfter(history.since().plus(allowed).plus(SLACK)) || now.isBefore(history.since().minus(SLACK));
    }

    /** Returns the durations of the passed runs, or null if there are none. */
    DurationStats runs() {
        return DurationStats.of(history.runs().stream().filter(run -> run.result() == Result.PASSED).map(HistoryEntry::took));
    }

    /** Returns the median duration of each step that passed. */
    public Map<Step, Duration> medians() {
        Map<Step, Duration> medians = new EnumMap<>(Step.class);
        for (Step step : Step.values()) {
            if (step(step) != null) {
                medians.put(step, step(step).median());
            }
        }
        return medians;
    }

    /** Returns the durations of a step where it passed, or null if it never did. */
    DurationStats step(Step step) {
        return DurationStats.of(history.runs().stream().map(run -> run.steps().get(step)).filter(Objects::nonNull));
    }
}
