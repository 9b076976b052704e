package vmtestd;

import java.time.Duration;

/**
 * When runs begin: at whole intervals after the first one, by the monotonic clock. Times that pass
 * while a run is going on are skipped; they do not queue up.
 */
final class Schedule {
    private final long interval;
    private final long first;
    private long done;

    /** @param first when the first run begins, in the terms of {@link System#nanoTime()} */
    Schedule(Duration interval, long first) {
        this.interval = interval.toNanos();
        this.first = first;
    }

    /**
     * The next time, once a run has ended.
     *
     * @param delay how long from now
     * @param skipped how many times passed while the run was going on
     */
    record Next(Duration delay, long skipped) {}

    /** @param now in the terms of {@link System#nanoTime()} */
    Next next(long now) {
        long latest = Math.max(done, Math.floorDiv(now - first, interval));
        long skipped = latest - done;
        done = latest + 1;
        return new Next(Duration.ofNanos(first + done * interval - now), skipped);
    }
}
