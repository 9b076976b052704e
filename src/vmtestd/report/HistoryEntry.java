package vmtestd.report;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Scenario;
import vmtestd.run.Failure;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;

/**
 * A finished run as the history keeps it.
 *
 * @param id the name of its VM
 * @param scenario what it tested
 * @param started by the wall clock, to the second
 * @param took by the monotonic clock
 * @param failure the first failure, its detail on one line; null if the run passed
 * @param steps the durations of the steps that passed, in their order; without those that observed nothing
 * @param guest the end of the guest's serial console, in lines; may be empty
 * @param console the end of the hypervisor's log, in lines; may be empty
 * @param calls the last calls of a failed run, in lines; may be empty
 */
public record HistoryEntry(String id, Scenario scenario, Instant started, Duration took, Result result, Failure failure,
        Map<Step, Duration> steps, String guest, String console, String calls) {
    /** How a run ended. An interrupted run has no verdict on the node. */
    public enum Result {
        PASSED, FAILED, INTERRUPTED;

        /** The name in files and metrics. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The log has the whole detail. */
    private static final int MAX_DETAIL = 500;
    /** In characters: about 40 lines. */
    private static final int MAX_LINES = 4096;

    public HistoryEntry {
        guest = lines(guest);
        console = lines(console);
        calls = lines(calls);
    }

    /** @param calls the run's last calls, in lines; kept only if it failed */
    public static HistoryEntry of(RunReport report, String calls) {
        Map<Step, Duration> steps = new EnumMap<>(Step.class);
        for (StepResult step : report.steps()) {
            if (step.passed()) {
                steps.put(step.step(), step.took());
            }
        }
        Failure failure = report.failure();
        Result result = failure == null ? Result.PASSED : failure.cause() == Cause.INTERRUPTED ? Result.INTERRUPTED : Result.FAILED;
        return new HistoryEntry(report.id(), report.scenario(), report.started().truncatedTo(ChronoUnit.SECONDS), report.took(), result,
                failure == null ? null : new Failure(failure.step(), failure.cause(), LogText.of(failure.detail(), MAX_DETAIL)),
                steps, report.guestConsole(), report.consoleLog(), result == Result.FAILED ? calls : "");
    }

    /** Returns the end of a text, its lines made safe for a terminal. */
    private static String lines(String console) {
        String text = console.lines().map(LogText::of).collect(Collectors.joining("\n"));
        return text.substring(LogText.cutAt(text, Math.max(0, text.length() - MAX_LINES)));
    }

    /** Returns the same without consoles and calls. */
    public HistoryEntry withoutTexts() {
        return new HistoryEntry(id, scenario, started, took, result, failure, steps, "", "", "");
    }

    public boolean failed() {
        return result == Result.FAILED;
    }

    public Instant ended() {
        return started.plus(took);
    }

    /** Returns the fields by their names in JSON, without those that are empty. */
    public Map<String, Object> toJson() {
        Map<String, Object> json = Json.object("id", id, "scenario", scenario, "started", started, "took", took, "result", result);
        if (failure != null) {
            json.putAll(Json.object("step", failure.step(), "cause", failure.cause(), "detail", failure.detail()));
        }
        json.putAll(Json.object("steps", steps, "guest", guest, "console", console, "calls", calls));
        json.values().removeIf(""::equals);
        return json;
    }
}
