package vmtestd.status;

import java.util.Map;
import vmtestd.report.HistoryEntry;
import vmtestd.report.JsonWriter;
import vmtestd.run.Step;

/**
 * A status as one JSON object, for programs. Durations are seconds, times RFC 3339 in UTC; what is not
 * known is null.
 *
 * <pre>
 * state               healthy, failing, stale or unknown
 * time                when this was looked at
 * interval            from one run's beginning to the next one's
 * running_since       when the run that is going on began
 * streak              {result, runs, since}: the latest runs that ended alike
 * last_run            as below
 * success_rate        of the runs below that have a verdict, 0 to 1
 * passed, failed, interrupted    how many of the runs below
 * run_duration        {count, min, median, p95, max} of the runs that passed
 * step_duration       the same by step, of the steps that went well
 * runs                the last 100, the oldest first: {id, started, took, result, steps}, and of those
 *                     that did not pass {step, cause, detail}
 * failures            the last 20 runs that failed, likewise, and if there is something on them the ends of their
 *                     consoles in lines: {guest, console}, the guest's own and the hypervisor's log
 * damaged_lines       how many lines of the history were dropped
 * </pre>
 */
final class StatusJson {
    private StatusJson() {}

    static String of(Status status) {
        History history = status.history();
        long passed = status.count(HistoryEntry.Result.PASSED);
        long failed = status.count(HistoryEntry.Result.FAILED);
        JsonWriter json = new JsonWriter().beginObject().name("state").value(status.state().toString())
                .name("time").value(status.now()).name("interval").value(history.interval())
                .name("running_since").value(history.runningSince()).name("streak");
        if (history.streak() == null) {
            json.value((String) null);
        } else {
            HistoryFile.writeStreak(json, history.streak());
        }
        write(json.name("last_run"), status.lastRun());
        json.name("success_rate");
        if (passed + failed == 0) {
            json.value((String) null);
        } else {
            json.value((double) passed / (passed + failed));
        }
        json.name("passed").value(passed).name("failed").value(failed)
                .name("interrupted").value(status.count(HistoryEntry.Result.INTERRUPTED));
        write(json.name("run_duration"), status.whole());
        json.name("step_duration").beginObject();
        for (Map.Entry<Step, DurationStats> step : status.steps().entrySet()) {
            write(json.name(step.getKey().toString()), step.getValue());
        }
        json.endObject().name("runs").beginArray();
        history.runs().forEach(run -> write(json, run));
        json.endArray().name("failures").beginArray();
        history.failures().forEach(run -> write(json, run));
        return json.endArray().name("damaged_lines").value(history.damagedLines()).endObject().toString();
    }

    private static void write(JsonWriter json, HistoryEntry run) {
        if (run == null) {
            json.value((String) null);
            return;
        }
        json.beginObject();
        run.writeTo(json);
        json.endObject();
    }

    private static void write(JsonWriter json, DurationStats spread) {
        if (spread == null) {
            json.value((String) null);
            return;
        }
        json.beginObject().name("count").value(spread.count()).name("min").value(spread.min())
                .name("median").value(spread.median()).name("p95").value(spread.p95())
                .name("max").value(spread.max()).endObject();
    }
}
