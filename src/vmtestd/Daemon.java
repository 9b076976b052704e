package vmtestd;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import vmtestd.cleanup.StopSignal;
import vmtestd.report.LogLine;
import vmtestd.status.Health;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/**
 * Does runs on schedule, one at a time on one thread, until it is told to stop. Whatever a run
 * throws, the next one happens.
 */
final class Daemon {
    /** What a run may be late by before anybody is told. */
    private static final Duration SLACK = Duration.ofMinutes(1);

    /** What the cycle's thread is at, since when, and until when it may be. */
    private record Phase(boolean running, long since, long until) {}

    private final BooleanSupplier run;
    private final Duration interval;
    private final Duration maxRunDuration;
    private final Clock clock;
    private final Logger log;
    private final LongConsumer skipped;
    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
            1, task -> new Thread(task, "cycle"), new ThreadPoolExecutor.DiscardPolicy());
    private volatile Phase phase;

    /**
     * @param run does a run, and gives whether there was one
     * @param maxRunDuration how long a run may go on
     * @param skipped is told how many runs were due while another one was going on
     */
    Daemon(BooleanSupplier run, Duration interval, Duration maxRunDuration, Clock clock, Logger log, LongConsumer skipped) {
        this.run = run;
        this.interval = interval;
        this.maxRunDuration = maxRunDuration;
        this.clock = clock;
        this.log = log;
        this.skipped = skipped;
        phase = phase(false, Duration.ZERO);
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

    /** Whether runs are done as they should be. From any thread. */
    Health health() {
        Phase now = phase;
        long time = clock.nanoTime();
        return new Health(time - now.until <= 0, now.running, Duration.ofNanos(time - now.since));
    }

    private void tick(Schedule schedule) {
        Phase before = phase;
        boolean done = false;
        phase = phase(true, maxRunDuration);
        try {
            done = run.getAsBoolean();
        } catch (RuntimeException | Error e) {
            log.log(Level.SEVERE, "the run broke off: this is a bug of vmtestd or a lack of memory", e);
        } finally {
            Schedule.Next next = schedule.next(clock.nanoTime());
            // Without a run it stays as late as it was.
            phase = done ? phase(false, next.delay()) : new Phase(false, before.since, before.until);
            executor.schedule(() -> tick(schedule), next.delay().toNanos(), TimeUnit.NANOSECONDS);
            if (next.skipped() > 0) {
                skipped.accept(next.skipped());
                log.warning(new LogLine("the run outlasted the interval").with("skipped", next.skipped())
                        .with("interval", interval).toString());
            }
        }
    }

    /** What begins now and may go on for so long. */
    private Phase phase(boolean running, Duration span) {
        long now = clock.nanoTime();
        return new Phase(running, now, now + span.plus(SLACK).toNanos());
    }
}
