package vmtestd.time;

import java.time.Duration;
import java.time.Instant;

/** The machine's clocks. As every wait for a deadline is a short one, a long gap means that the process did not run. */
class SystemClock implements Clock {
    /** Twice the longest {@link Deadline#nextWait}, so that a thread that wakes up a little late loses nothing. */
    private static final long MOST_BETWEEN_LOOKS = Duration.ofMillis(400).toNanos();

    private long lastLook = nanoTime();
    private long active = lastLook;

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public synchronized long activeNanos() {
        long now = nanoTime();
        active += Math.min(now - lastLook, MOST_BETWEEN_LOOKS);
        lastLook = now;
        return active;
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        if (duration.isNegative()) {
            return;
        }
        Deadline deadline = Deadline.in(this, duration);
        do {
            Thread.sleep(deadline.nextWait());
        } while (!deadline.expired());
    }
}
