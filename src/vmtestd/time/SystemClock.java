package vmtestd.time;

import java.time.Duration;
import java.time.Instant;

/** The machine's clocks. All waits for a deadline are short, so a long gap means that the process did not run. */
class SystemClock implements Clock {
    /** Twice the longest {@link Deadline#nextWait}: the time counts in full even if a thread wakes up late. */
    private static final long MAX_GAP = Duration.ofMillis(400).toNanos();

    private long lastCall = nanoTime();
    private long active = lastCall;

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
        active += Math.min(now - lastCall, MAX_GAP);
        lastCall = now;
        return active;
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        Deadline deadline = Deadline.in(this, duration);
        do {
            Thread.sleep(deadline.nextWait());
        } while (!deadline.expired());
    }
}
