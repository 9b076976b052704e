package vmtestd.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.StepException;
import vmtestd.time.Clock;
import vmtestd.zbus.ZbusException;

/** Runs the steps of one run, reports each to the listener, and keeps their results. */
final class StepRunner {
    interface Action {
        /** Runs a step and returns a note for the report, which may be empty. */
        String run() throws ZbusException, StepException, InterruptedException;
    }

    private final Clock clock;
    private final RunListener listener;
    final List<StepResult> results = new ArrayList<>();
    /** The first failure, or null. */
    Failure failure;

    StepRunner(Clock clock, RunListener listener) {
        this.clock = clock;
        this.listener = listener;
    }

    /** Runs a step. Returns whether nothing has failed so far. */
    boolean run(Step step, Action action) {
        return run(step, clock.nanoTime(), action);
    }

    /** @param begin when the step began, by {@link Clock#nanoTime} */
    boolean run(Step step, long begin, Action action) {
        report(step, () -> listener.stepStarted(step));
        String note = "";
        Failure ended = null;
        try {
            note = action.run();
        } catch (ZbusException e) {
            ended = new Failure(step, new StepException(e).cause(), e.getMessage());
        } catch (StepException e) {
            ended = new Failure(step, e.cause(), e.getMessage());
        } catch (InterruptedException e) {
            ended = new Failure(step, Cause.INTERRUPTED, "told to stop");
        } catch (RuntimeException | Error e) {
            // A bug or a lack of memory must not prevent the cleanup.
            ended = new Failure(step, Cause.LOCAL_ERROR, e.toString());
        }
        failure = failure == null ? ended : failure;
        StepResult result = new StepResult(step, Duration.ofNanos(clock.nanoTime() - begin), note, ended);
        results.add(result);
        report(step, () -> listener.stepEnded(result));
        return failure == null;
    }

    /** Calls the listener. If it throws, the run fails, but its cleanup is done all the same. */
    void report(Step step, Runnable event) {
        try {
            event.run();
        } catch (RuntimeException | Error e) {
            failure = failure == null ? new Failure(step, Cause.LOCAL_ERROR, e.toString()) : failure;
        }
    }
}
