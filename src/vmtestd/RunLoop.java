package vmtestd;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import vmtestd.cleanup.StopSignal;
import vmtestd.report.LogLine;
import vmtestd.time.Clock;

/**
 * Runs at whole intervals after the first run, by the monotonic clock, on the calling thread. Times that pass during
 * a run are skipped. A run that throws does not stop the schedule.
 */
final class RunLoop {
    /** An action that may find that no run can take place. */
    interface Action<T> {
        T call() throws StartException, InterruptedException;
    }

    private final Duration interval;
    private final Clock clock;
    private final StopSignal stop;
    private final Logger log;
    private final Consumer<String> localErrors;
    private final LongConsumer skipped;
    /** When the first run started, in the terms of {@link Clock#nanoTime()}. */
    private final long first;
    /** The last interval of which a run has been started or skipped. */
    private long current;

    /**
     * The first run is due now.
     *
     * @param localErrors receives the reason why a run could not take place
     * @param skipped receives the number of runs that were due during another one
     */
    RunLoop(Duration interval, Clock clock, StopSignal stop, Logger log, Consumer<String> localErrors, LongConsumer skipped) {
        this.interval = interval;
        this.clock = clock;
        this.stop = stop;
        this.log = log;
        this.localErrors = localErrors;
        this.skipped = skipped;
        first = clock.nanoTime();
    }

    /**
     * Runs until a stop is requested.
     *
     * @param ready called before each run; false ends the loop
     * @return false if {@code ready} ended the loop
     */
    boolean run(Action<Boolean> ready, Action<?> run) {
        while (!stop.requested()) {
            try {
                if (!ready.call()) {
                    return false;
                }
                run.call();
            } catch (StartException e) {
                log.severe(new LogLine("no run").with("detail", e.getMessage()).toString());
                localErrors.accept(e.getMessage());
            } catch (InterruptedException e) {
                log.fine("stopped before a run");
            } catch (RuntimeException | Error e) {
                log.log(Level.SEVERE, "internal error", e);
            }
            sleep(untilNext());
        }
        return true;
    }

    private void sleep(Duration span) {
        stop.allowInterrupt();
        try {
            TimeUnit.NANOSECONDS.sleep(span.toNanos());
        } catch (InterruptedException e) {
            // A stop was requested.
        } finally {
            stop.forbidInterrupt();
        }
    }

    /** Returns the time until the next run, and reports the runs that were due during this one. */
    Duration untilNext() {
        long now = clock.nanoTime();
        // A sleep that ended a little early must not repeat an interval.
        long latest = Math.max(current, Math.floorDiv(now - first, interval.toNanos()));
        long missed = latest - current;
        current = latest + 1;
        if (missed > 0) {
            skipped.accept(missed);
            log.warning(new LogLine("the run outlasted the interval").with("skipped", missed).with("interval", interval).toString());
        }
        return Duration.ofNanos(first + current * interval.toNanos() - now);
    }
}
