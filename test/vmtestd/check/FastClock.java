package vmtestd.check;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import vmtestd.time.Clock;

/** The system's clocks, on which a sleep takes no time but all of its span has passed after it. */
final class FastClock implements Clock {
    private final AtomicLong slept = new AtomicLong();
    private final AtomicLong jumped = new AtomicLong();

    /** Sets the wall clock on or back; the monotonic one does not notice. */
    void jump(Duration span) {
        jumped.addAndGet(span.toNanos());
    }

    @Override
    public Instant now() {
        return Instant.now().plusNanos(slept.get() + jumped.get());
    }

    @Override
    public long nanoTime() {
        return System.nanoTime() + slept.get();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        slept.addAndGet(Math.max(0, duration.toNanos()));
    }
}
