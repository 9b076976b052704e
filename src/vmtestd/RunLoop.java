package vmtestd;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import vmtestd.cleanup.StopSignal;
import vmtestd.report.LogLine;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;

/**
 * Runs at whole intervals after the first run, by the monotonic clock, one run at a time on one thread. Times that pass
 * during a run are skipped. A run that throws does not stop the schedule.
 */
final class RunLoop {
    /** An action that may find that no run can take place. */
    interface Action<T> {
        T call() throws StartException, InterruptedException;
    }

    private final Duration interval;
    private final Duration maxRunDuration;
    private final Clock clock;
    private final StopSignal stop;
    private final Logger log;
    private final Consumer<String> localErrors;
    private final LongConsumer skipped;
    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
            1, task -> new Thread(task, "cycle"), new ThreadPoolExecutor.DiscardPolicy());
    private volatile boolean notReady;
    /** When the first run started, in the terms of {@link Clock#nanoTime()}. */
    private final long first;
    /** The last interval of which a run has been started or skipped. */
    private long current;

    /**
     * The first run is due now.
     *
     * @param maxRunDuration how long a run can take
     * @param localErrors receives the reason why a run could not take place
     * @param skipped receives the number of runs that were due during another one
     */
    RunLoop(Duration interval, Duration maxRunDuration, Clock clock, StopSignal stop, Logger log, Consumer<String> localErrors, LongConsumer skipped) {
        this.interval = interval;
        this.maxRunDuration = maxRunDuration;
        this.clock = clock;
        this.stop = stop;
        this.log = log;
        this.localErrors = localErrors;
        this.skipped = skipped;
        first = clock.nanoTime();
    }

    /**
     * Runs until a stop is requested, and waits for the run of that time.
     *
     * @param ready called before each run; false ends the loop
     * @return false if {@code ready} ended the loop
     */
    boolean run(Action<Boolean> ready, Action<?> run) throws InterruptedException {
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.execute(() -> tick(ready, run));
        stop.awaitRequest();
        executor.shutdown();
        Deadline end = Deadline.in(clock, maxRunDuration);
        while (!executor.awaitTermination(end.nextWait(), TimeUnit.MILLISECONDS)) {
            if (end.expired()) {
                throw new IllegalStateException("the run in progress did not end within " + GoDuration.format(maxRunDuration));
            }
        }
        return !notReady;
    }

    private void tick(Action<Boolean> ready, Action<?> run) {
        if (stop.requested()) {
            return;
        }
        try {
            if (!ready.call()) {
                notReady = true;
                stop.request();
                return;
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
        executor.schedule(() -> tick(ready, run), untilNext().toNanos(), TimeUnit.NANOSECONDS);
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
