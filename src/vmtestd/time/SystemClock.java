package vmtestd.time;

import java.time.Duration;
import java.time.Instant;

/** The machine's clocks. All waits are cut into short ones, so that a pause of the process shows as a long one. */
class SystemClock implements Clock {
    /** Twice a {@link Deadline#nextWait}: a thread that is merely late is not taken for a stopped process. */
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
        } while (!deadline.passed());
    }
}
