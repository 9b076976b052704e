package vmtestd.time;

import java.time.Duration;
import java.time.Instant;

/** The two clocks of a machine, and the only way to let time pass. */
public interface Clock {
    /** The wall clock: for ids and log lines. It may jump in either direction. */
    Instant now();

    /** The monotonic clock in nanoseconds, as {@link System#nanoTime()}: for spans and schedules. */
    long nanoTime();

    /**
     * The monotonic clock for deadlines. It leaves out the time in which this process did not run because it was
     * stopped, swapped out or the machine was paused: of the time between two calls, at most 0.4 s count. So waiting
     * for a deadline means waiting for {@link Deadline#nextWait} and looking again. May be called from any thread.
     */
    default long activeNanos() {
        return nanoTime();
    }

    /** Lets the given time pass, by {@link #activeNanos}. A duration that is zero or less returns at once. */
    void sleep(Duration duration) throws InterruptedException;

    /** The machine's own clocks. */
    static Clock system() {
        return new SystemClock();
    }
}
