package vmtestd.report;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import vmtestd.cleanup.Cause;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;
import vmtestd.run.Failure;
import vmtestd.time.UtcTime;

/**
 * What is kept of a run that has ended.
 *
 * @param id the name of its VM
 * @param started by the wall clock, to the second
 * @param took by the monotonic clock
 * @param result how it ended
 * @param failure what was wrong, its detail on one line; null where the run passed
 * @param steps how long each step took that went well, in their order; without boot if the guest could not be observed
 * @param guest the end of what the guest wrote to its console, in lines; empty if there is nothing
 * @param console the end of the hypervisor's log, likewise
 */
public record HistoryEntry(String id, Instant started, Duration took, Result result, Failure failure,
        Map<Step, Duration> steps, String guest, String console) {
    /** How a run ended. One that was told to stop says nothing of the node. */
    public enum Result {
        PASSED, FAILED, INTERRUPTED;

        /** The name in files and metrics. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How much is kept of a detail; the log has had the whole. */
    private static final int MAX_DETAIL = 500;
    /** How much is kept of a console, in characters: 40 lines of a guest. */
    private static final int MAX_CONSOLE = 4096;
    private static final double LONGEST_SPAN = 1e9;
    private static final Instant LATEST = UtcTime.parse("9999-01-01T00:00:00Z");

    public static HistoryEntry of(RunReport report) {
        Map<Step, Duration> steps = new EnumMap<>(Step.class);
        for (StepResult step : report.steps()) {
            if (step.failure() == null && (step.step() != Step.BOOT || report.guestUp() != null)) {
                steps.put(step.step(), step.took());
            }
        }
        Result result = Result.PASSED;
        Failure failure = report.failure();
        if (failure != null) {
            result = failure.cause() == Cause.INTERRUPTED ? Result.INTERRUPTED : Result.FAILED;
            failure = new Failure(failure.step(), failure.cause(), LogText.of(failure.detail(), MAX_DETAIL));
        }
        return new HistoryEntry(report.id(), report.started().truncatedTo(ChronoUnit.SECONDS), report.took(), result, failure, steps,
                lines(report.guestConsole()), lines(report.consoleLog()));
    }

    /** The end of a console in lines that are fit for a terminal. */
    private static String lines(String console) {
        List<String> lines = new ArrayList<>();
        console.lines().forEach(line -> lines.add(LogText.of(line)));
        String text = String.join("\n", lines);
        return text.substring(Math.max(0, text.length() - MAX_CONSOLE));
    }

    /** The same run without what was on its consoles. */
    public HistoryEntry withoutConsoles() {
        return new HistoryEntry(id, started, took, result, failure, steps, "", "");
    }

    public boolean failed() {
        return result == Result.FAILED;
    }

    public Instant ended() {
        return started.plus(took);
    }

    /** Writes the run's fields into an object that the caller begins and ends. */
    public void writeTo(JsonWriter json) {
        json.name("id").value(id).name("started").value(started).name("took").value(took)
                .name("result").value(result.toString());
        if (failure != null) {
            json.name("step").value(failure.step().toString()).name("cause").value(failure.cause().toString())
                    .name("detail").value(failure.detail());
        }
        json.name("steps").beginObject();
        steps.forEach((step, took) -> json.name(step.toString()).value(took));
        json.endObject();
        if (!guest.isEmpty()) {
            json.name("guest").value(guest);
        }
        if (!console.isEmpty()) {
            json.name("console").value(console);
        }
    }

    /** @throws IllegalArgumentException where the object is not such as {@link #writeTo} writes */
    public static HistoryEntry from(Map<?, ?> object) {
        Result result = result(object.get("result"));
        Failure failure = result == Result.PASSED ? null : new Failure(
                constant(Step.values(), object.get("step")), constant(Cause.values(), object.get("cause")),
                LogText.of(string(object.get("detail")), MAX_DETAIL + LogText.CUT.length()));
        Map<Step, Duration> steps = new EnumMap<>(Step.class);
        if (!(object.get("steps") instanceof Map<?, ?> spans)) {
            throw new IllegalArgumentException("no steps");
        }
        spans.forEach((step, took) -> steps.put(constant(Step.values(), step), span(took)));
        return new HistoryEntry(LogText.of(string(object.get("id")), MAX_DETAIL), time(object.get("started")), span(object.get("took")),
                result, failure, steps, console(object.get("guest")), console(object.get("console")));
    }

    private static String console(Object value) {
        return value == null ? "" : lines(string(value));
    }

    private static <T> T constant(T[] all, Object name) {
        for (T one : all) {
            if (one.toString().equals(name)) {
                return one;
            }
        }
        throw new IllegalArgumentException("unknown word " + name);
    }

    public static Result result(Object name) {
        return constant(Result.values(), name);
    }

    public static String string(Object value) {
        if (value instanceof String string) {
            return string;
        }
        throw new IllegalArgumentException("no string: " + value);
    }

    public static long count(Object value) {
        if (value instanceof Double number && number >= 0 && number <= Integer.MAX_VALUE && number == Math.rint(number)) {
            return number.longValue();
        }
        throw new IllegalArgumentException("no count: " + value);
    }

    public static Duration span(Object seconds) {
        if (seconds instanceof Double number && number >= 0 && number < LONGEST_SPAN) {
            return Duration.ofMillis(Math.round(number * 1000));
        }
        throw new IllegalArgumentException("no duration in seconds: " + seconds);
    }

    public static Instant time(Object value) {
        try {
            Instant time = UtcTime.parse(string(value));
            // Far enough from the ends for any calculation.
            if (time.isAfter(Instant.EPOCH) && time.isBefore(LATEST)) {
                return time;
            }
        } catch (DateTimeException e) {
            // As one that is impossible.
        }
        throw new IllegalArgumentException("no time: " + value);
    }
}
