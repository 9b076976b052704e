package vmtestd.time;

import java.time.Duration;
import java.time.Instant;

/** The wall clock, the monotonic clock and sleeping. Tests have an implementation that they advance. */
public interface Clock {
    /** Returns the wall-clock time, for ids and log lines. It may jump in either direction. */
    Instant now();

    /** Returns the monotonic clock in nanoseconds, as {@link System#nanoTime()}, for durations and schedules. */
    long nanoTime();

    /**
     * Returns the monotonic clock for deadlines, in nanoseconds. It excludes time during which this process did not run
     * because it was stopped or swapped out or the machine was paused: at most 0.4 s count between two calls. To wait for
     * a deadline, wait for {@link Deadline#nextWait} and check again. May be called from any thread.
     */
    default long activeNanos() {
        return nanoTime();
    }

    /** Sleeps for a duration, measured by {@link #activeNanos}. Returns immediately if it is not positive. */
    void sleep(Duration duration) throws InterruptedException;

    /** Returns the machine's own clocks. */
    static Clock system() {
        return new SystemClock();
    }
}
