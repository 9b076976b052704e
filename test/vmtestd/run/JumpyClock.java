package vmtestd.run;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import vmtestd.time.Clock;

/** The system's clocks, of which the wall clock can be set, and on which a sleep may take no time. */
final class JumpyClock implements Clock {
    private final boolean sleepless;
    private final AtomicLong slept = new AtomicLong();
    private final AtomicLong jumped = new AtomicLong();
    private volatile long hurriedFrom = Long.MAX_VALUE;

    private JumpyClock(boolean sleepless) {
        this.sleepless = sleepless;
    }

    /** A clock on which a sleep takes the time that it should. */
    static JumpyClock sleeping() {
        return new JumpyClock(false);
    }

    /** A clock on which a sleep takes no time, but all of its span has passed after it. */
    static JumpyClock sleepless() {
        return new JumpyClock(true);
    }

    /** Sets the wall clock on or back; the monotonic one does not notice. */
    void jump(Duration span) {
        jumped.addAndGet(span.toNanos());
    }

    /** From now on the monotonic clock runs 20 times as fast, for timeouts that a test has to wait for. */
    void hurry() {
        hurriedFrom = System.nanoTime();
    }

    @Override
    public Instant now() {
        return Instant.now().plusNanos(slept.get() + jumped.get());
    }

    @Override
    public long nanoTime() {
        long now = System.nanoTime();
        return now + slept.get() + 19 * Math.max(0, now - hurriedFrom);
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        if (!sleepless) {
            Clock.system().sleep(duration);
        } else if (Thread.interrupted()) {
            throw new InterruptedException();
        } else {
            slept.addAndGet(Math.max(0, duration.toNanos()));
        }
    }
}
