package vmtestd.status;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Scenario;
import vmtestd.cleanup.StopSignal;
import vmtestd.run.Failure;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;
import vmtestd.time.TestClock;

/**
 * Runs that no node has seen: their reports, and the files that a daemon would have left of them. All
 * that is not told takes a second a step.
 *
 * @param interval from one run's beginning to that of the next
 * @param reports the oldest first
 */
public record PastRuns(Duration interval, List<RunReport> reports) {
    private static final Duration LONGEST = Duration.ofMinutes(20);

    /** The steps of a run without a disk and an interface. */
    public static final List<Step> STEPS = List.copyOf(EnumSet.complementOf(EnumSet.of(Step.DISK, Step.TAP, Step.STORAGE, Step.NETWORK)));

    /** Runs of which the last began at a time; each as its letter says: {@code .} passed, F failed at deploy, i was stopped. */
    public static PastRuns of(String letters, Duration interval, Instant last, String detail) {
        List<RunReport> reports = new ArrayList<>();
        for (int i = 0; i < letters.length(); i++) {
            Instant started = last.minus(interval.multipliedBy(letters.length() - 1 - i));
            reports.add(switch (letters.charAt(i)) {
                case '.' -> passed(started);
                case 'F' -> failed(started, Step.DEPLOY, Cause.REMOTE_ERROR, detail);
                case 'i' -> failed(started, Step.WAIT, Cause.INTERRUPTED, detail);
                default -> throw new IllegalArgumentException(letters);
            });
        }
        return new PastRuns(interval, reports);
    }

    public static RunReport passed(Instant started) {
        return report(started, null, STEPS.stream().map(step -> step(step, null)).toList());
    }

    /** A run whose steps up to one went well, and which did no more. */
    public static RunReport failed(Instant started, Step at, Cause cause, String detail) {
        Failure failure = new Failure(at, cause, detail);
        List<StepResult> steps = new ArrayList<>();
        for (Step step : STEPS) {
            if (step.compareTo(at) <= 0) {
                steps.add(step(step, step == at ? failure : null));
            }
        }
        return report(started, failure, steps);
    }

    private static StepResult step(Step step, Failure failure) {
        return new StepResult(step, Duration.ofSeconds(1), "", failure);
    }

    private static final Duration UP = Duration.ofSeconds(1);

    private static RunReport report(Instant started, Failure failure, List<StepResult> steps) {
        Map<Journal.Kind, Integer> leftovers = new EnumMap<>(Map.of(Journal.Kind.MOUNT, 0, Journal.Kind.VM, 0));
        return new RunReport("test-vm-" + started.getEpochSecond(), Scenario.BOOT, started, Duration.ofSeconds(steps.size()), failure, steps,
                UP, "", "", leftovers, List.of());
    }

    /** Writes what a daemon of a root directory has written when these runs are over. */
    public void writeTo(Path root) {
        List<String> warnings = new ArrayList<>();
        TestClock clock = TestClock.stopped(Instant.EPOCH, 0);
        RunStore store = new RunStore(root, new Disk(Duration.ofMinutes(1), new StopSignal()), new Metrics("0", Instant.EPOCH, List.of(Scenario.BOOT)),
                interval, LONGEST, List.of(Scenario.BOOT), clock, warnings::add);
        for (RunReport report : reports) {
            clock.set(report.started().plus(report.took()));
            store.runEnded(report);
        }
        if (!warnings.isEmpty()) {
            throw new IllegalStateException(warnings.toString());
        }
    }
}
