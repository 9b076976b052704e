package vmtestd.status;

import java.util.EnumMap;
import java.util.Map;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.report.Json;
import vmtestd.run.Step;

/**
 * A status as one JSON object. Durations are seconds, times RFC 3339 in UTC; unknown values are null.
 *
 * <pre>
 * state               healthy, failing, stale or unknown
 * time                when it was judged
 * interval            from the start of one run to the start of the next
 * running_since       when the run in progress started
 * streak              {result, runs, since}: the latest runs with the same verdict
 * last_run            as below
 * success_rate        of the runs below that have a verdict, 0 to 1
 * passed, failed, interrupted    how many of the runs below
 * run_duration        {count, min, median, p95, max} of the passed runs
 * step_duration       the same by step, of the passed steps
 * runs                the last 100, oldest first: {id, started, took, result, steps}, and unless passed
 *                     {step, cause, detail}
 * failures            the last 20 failed runs, likewise, with the ends of their consoles in lines, if not empty:
 *                     {guest, console}, the guest's own and the hypervisor's log
 * damaged_lines       always 0; version 0.1 counted here what it could not read
 * </pre>
 */
final class StatusJson {
    private StatusJson() {}

    static String of(Status status) {
        History history = status.history();
        History.Streak streak = history.streak();
        long passed = history.count(Result.PASSED);
        long judged = passed + history.count(Result.FAILED);
        Map<Step, Object> steps = new EnumMap<>(Step.class);
        for (Step step : Step.values()) {
            DurationStats stats = status.step(step);
            if (stats != null) {
                steps.put(step, stats.toJson());
            }
        }
        return Json.of(Json.object("state", status.state(), "time", status.now(), "interval", history.interval(),
                "running_since", history.running() ? history.since() : null,
                "streak", streak == null ? null : Json.object("result", streak.result(), "runs", streak.runs(), "since", streak.since()),
                "last_run", history.lastRun() == null ? null : history.lastRun().toJson(),
                "success_rate", judged == 0 ? null : (Object) ((double) passed / judged),
                "passed", passed, "failed", judged - passed, "interrupted", history.count(Result.INTERRUPTED),
                "run_duration", status.runs() == null ? null : status.runs().toJson(), "step_duration", steps,
                "runs", history.runs().stream().map(HistoryEntry::toJson).toList(),
                "failures", history.failures().stream().map(HistoryEntry::toJson).toList(),
                "damaged_lines", 0));
    }
}
