package vmtestd;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import vmtestd.check.StopSignal;
import vmtestd.report.LogLine;
import vmtestd.time.Clock;

/**
 * Does runs on schedule, one at a time on one thread, until it is told to stop. Whatever a run
 * throws, the next one happens.
 */
final class Daemon {
    private final Runnable run;
    private final Duration interval;
    private final Clock clock;
    private final Logger log;
    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
            1, task -> new Thread(task, "cycle"), new ThreadPoolExecutor.DiscardPolicy());

    Daemon(Runnable run, Duration interval, Clock clock, Logger log) {
        this.run = run;
        this.interval = interval;
        this.clock = clock;
        this.log = log;
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /**
     * Does runs until a stop is requested and the run of that time has ended.
     *
     * @param longestRun how long that run may go on
     * @return whether it ended in that time
     */
    boolean serve(StopSignal stop, Duration longestRun) throws InterruptedException {
        Schedule schedule = new Schedule(interval, clock.nanoTime());
        executor.execute(() -> tick(schedule));
        stop.awaitRequest();
        executor.shutdown();
        return executor.awaitTermination(longestRun.toMillis(), TimeUnit.MILLISECONDS);
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
                log.warning(new LogLine("the run outlasted the interval").with("skipped", next.skipped())
                        .with("interval", interval).toString());
            }
        }
    }
}
