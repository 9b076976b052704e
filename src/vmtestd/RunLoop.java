package vmtestd;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import vmtestd.cleanup.StopSignal;
import vmtestd.report.LogLine;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;

/**
 * Runs once at the start, a second time somewhat sooner than an interval later, and then at every interval, by the monotonic
 * clock, one run at a time on one thread. Times that pass during a run are skipped. A run that throws does not stop the
 * schedule.
 */
final class RunLoop {
    private final Duration interval;
    private final Duration maxRunDuration;
    private final Clock clock;
    private final StopSignal stop;
    private final Logger log;
    private final LongConsumer skipped;
    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
            1, task -> new Thread(task, "cycle"), new ThreadPoolExecutor.DiscardPolicy());
    /** When the current run was due, in the terms of {@link Clock#nanoTime()}. */
    private long due;

    /**
     * The first run is due now.
     *
     * @param maxRunDuration how long a run can take
     * @param skipped receives the number of runs that were due during another one
     * @param advance how much sooner than an interval after the first run the second one is due
     */
    RunLoop(Duration interval, Duration maxRunDuration, Clock clock, StopSignal stop, Logger log, LongConsumer skipped, Duration advance) {
        this.interval = interval;
        this.maxRunDuration = maxRunDuration;
        this.clock = clock;
        this.stop = stop;
        this.log = log;
        this.skipped = skipped;
        due = clock.nanoTime() - advance.toNanos();
    }

    /** Returns a random advance of up to half an interval: nodes that start together must not stay together. */
    static Duration advance(Duration interval) {
        return Duration.ofNanos((long) (interval.toNanos() / 2 * new Random().nextDouble()));
    }

    /** Runs until a stop is requested, and waits for the run of that time. */
    void run(Runnable action) throws InterruptedException {
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.execute(() -> tick(action));
        stop.awaitRequest();
        executor.shutdown();
        Deadline end = Deadline.in(clock, maxRunDuration);
        while (!executor.awaitTermination(end.nextWait(), TimeUnit.MILLISECONDS)) {
            if (end.expired()) {
                throw new IllegalStateException("the run in progress did not end within " + GoDuration.format(maxRunDuration));
            }
        }
    }

    private void tick(Runnable action) {
        if (stop.requested()) {
            return;
        }
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            log.log(Level.SEVERE, "internal error", e);
        }
        executor.schedule(() -> tick(action), untilNext().toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Returns the time until the next run, and reports the runs that were due during this one. */
    Duration untilNext() {
        long now = clock.nanoTime();
        // Not negative if a sleep ended a little early: it must not repeat an interval.
        long missed = Math.max(0, (now - due) / interval.toNanos());
        due += (missed + 1) * interval.toNanos();
        if (missed > 0) {
            skipped.accept(missed);
            log.warning(new LogLine("the run outlasted the interval").with("skipped", missed).with("interval", interval).toString());
        }
        return Duration.ofNanos(due - now);
    }
}
