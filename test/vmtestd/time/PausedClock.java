package vmtestd.time;

import java.time.Duration;

/** The system's clocks in a process that a test stops for a time: the monotonic one jumps ahead. */
public final class PausedClock extends SystemClock {
    private volatile long paused;

    public synchronized void pause(Duration span) {
        paused += span.toNanos();
    }

    @Override
    public long nanoTime() {
        return super.nanoTime() + paused;
    }
}
