package vmtestd.time;

import java.time.Duration;
import java.time.Instant;

/** The two clocks of a machine, and the only way to let time pass. */
public interface Clock {
    /** The wall clock: for ids and log lines. It may jump in either direction. */
    Instant now();

    /** The monotonic clock in nanoseconds, as {@link System#nanoTime()}: for spans and deadlines. */
    long nanoTime();

    /** Lets the given time pass. A duration that is zero or less returns at once. */
    void sleep(Duration duration) throws InterruptedException;

    /** The machine's own clocks. */
    static Clock system() {
        return new Clock() {
            @Override
            public Instant now() {
                return Instant.now();
            }

            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public void sleep(Duration duration) throws InterruptedException {
                if (!duration.isNegative()) {
                    Thread.sleep(duration.toMillis());
                }
            }
        };
    }
}
