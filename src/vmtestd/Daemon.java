package vmtestd;

import java.time.Duration;
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

/**
 * Does runs on schedule, one at a time on one thread, until it is told to stop. Whatever a run
 * throws, the next one happens.
 */
final class Daemon {
    private final Runnable run;
    private final Duration interval;
    private final Duration maxRunDuration;
    private final Clock clock;
    private final Logger log;
    private final LongConsumer skipped;
    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
            1, task -> new Thread(task, "cycle"), new ThreadPoolExecutor.DiscardPolicy());

    /**
     * @param run does a run
     * @param maxRunDuration how long a run may go on
     * @param skipped is told how many runs were due while another one was going on
     */
    Daemon(Runnable run, Duration interval, Duration maxRunDuration, Clock clock, Logger log, LongConsumer skipped) {
        this.run = run;
        this.interval = interval;
        this.maxRunDuration = maxRunDuration;
        this.clock = clock;
        this.log = log;
        this.skipped = skipped;
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /**
     * Does runs until a stop is requested and the run of that time has ended.
     *
     * @return whether it ended in the time that a run may go on
     */
    boolean serve(StopSignal stop) throws InterruptedException {
        Schedule schedule = new Schedule(interval, clock.nanoTime());
        executor.execute(() -> tick(schedule));
        stop.awaitRequest();
        executor.shutdown();
        Deadline deadline = Deadline.in(clock, maxRunDuration);
        while (!executor.awaitTermination(deadline.nextWait(), TimeUnit.MILLISECONDS)) {
            if (deadline.expired()) {
                return false;
            }
        }
        return true;
    }

    private void tick(Schedule schedule) {
        try {
            run.run();
        } catch (RuntimeException | Error e) {
            log.log(Level.SEVERE, "the run broke off: this is a bug of vmtestd or a lack of memory", e);
        } finally {
            Schedule.Next next = schedule.next(clock.nanoTime());
            executor.schedule(() -> tick(schedule), next.delay().toNanos(), TimeUnit.NANOSECONDS);
            if (next.skipped() > 0) {
                skipped.accept(next.skipped());
                log.warning(new LogLine("the run outlasted the interval").with("skipped", next.skipped())
                        .with("interval", interval).toString());
            }
        }
    }
}
