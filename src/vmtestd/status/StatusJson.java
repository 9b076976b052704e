package vmtestd.status;

import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.report.JsonWriter;
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
        long passed = history.count(Result.PASSED);
        long failed = history.count(Result.FAILED);
        JsonWriter json = new JsonWriter().beginObject().name("state").value(status.state()).name("time").value(status.now())
                .name("interval").value(history.interval()).name("running_since").value(history.running() ? history.since() : null);
        History.Streak streak = history.streak();
        if (streak == null) {
            json.name("streak").value(null);
        } else {
            json.name("streak").beginObject().name("result").value(streak.result()).name("runs").value(streak.runs())
                    .name("since").value(streak.since()).endObject();
        }
        write(json.name("last_run"), history.lastRun());
        json.name("success_rate").value(passed + failed == 0 ? null : (Double) ((double) passed / (passed + failed)))
                .name("passed").value(passed).name("failed").value(failed).name("interrupted").value(history.count(Result.INTERRUPTED));
        write(json.name("run_duration"), status.runs());
        json.name("step_duration").beginObject();
        for (Step step : Step.values()) {
            DurationStats stats = status.step(step);
            if (stats != null) {
                write(json.name(step.toString()), stats);
            }
        }
        json.endObject().name("runs").beginArray();
        history.runs().forEach(run -> write(json, run));
        json.endArray().name("failures").beginArray();
        history.failures().forEach(run -> write(json, run));
        return json.endArray().name("damaged_lines").value(0).endObject().toString();
    }

    private static void write(JsonWriter json, HistoryEntry run) {
        if (run == null) {
            json.value(null);
            return;
        }
        json.beginObject();
        run.writeTo(json);
        json.endObject();
    }

    private static void write(JsonWriter json, DurationStats stats) {
        if (stats == null) {
            json.value(null);
            return;
        }
        json.beginObject().name("count").value(stats.count()).name("min").value(stats.min()).name("median").value(stats.median())
                .name("p95").value(stats.p95()).name("max").value(stats.max()).endObject();
    }
}
