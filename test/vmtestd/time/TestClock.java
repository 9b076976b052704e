package vmtestd.time;

import java.time.Duration;
import java.time.Instant;

/** A clock that stands still or runs with the machine's, and that a test can advance. It may be used from any thread. */
public class TestClock implements Clock {
    /** What a sleep does. */
    public interface Sleep {
        void sleep(Duration duration) throws InterruptedException;
    }

    /** How much faster the clock runs after {@link #hurry}. */
    private static final int HURRY = 30;

    /** Null for a wall clock that runs. */
    private final Instant stoppedAt;
    /** Null for a monotonic clock that runs. */
    private final Long stoppedNanos;
    private Sleep onSleep;
    private Duration passed = Duration.ZERO;
    private Duration jumped = Duration.ZERO;
    private Duration paused = Duration.ZERO;
    private long hurriedFrom = Long.MAX_VALUE;

    protected TestClock(Instant stoppedAt, Long stoppedNanos, Sleep onSleep) {
        this.stoppedAt = stoppedAt;
        this.stoppedNanos = stoppedNanos;
        this.onSleep = onSleep;
    }

    /** Returns a clock that only the test advances. A sleep is an error. */
    public static TestClock stopped(Instant now, long nanos) {
        return new TestClock(now, nanos, TestClock::noSleep);
    }

    /** Returns a clock whose wall clock only the test advances. A sleep is an error. */
    public static TestClock stoppedAt(Instant now) {
        return new TestClock(now, null, TestClock::noSleep);
    }

    private static void noSleep(Duration duration) {
        throw new AssertionError("nothing sleeps here");
    }

    /** Returns a clock that runs with the machine's. */
    public static TestClock running() {
        return new TestClock(null, null, Clock.system()::sleep);
    }

    /** Returns a clock that runs with the machine's. A sleep takes no time, but the clock shows that its span has passed. */
    public static TestClock sleepless() {
        TestClock clock = running();
        clock.onSleep(clock::pass);
        return clock;
    }

    /** Has each sleep do this instead. */
    public synchronized void onSleep(Sleep action) {
        onSleep = action;
    }

    /** Advances both clocks. */
    public synchronized void pass(Duration span) {
        passed = passed.plus(span);
    }

    /** Sets the wall clock forward, or back if the span is negative. */
    public synchronized void jump(Duration span) {
        jumped = jumped.plus(span);
    }

    /** Sets the wall clock. */
    public synchronized void set(Instant now) {
        jump(Duration.between(now(), now));
    }

    /** Advances both clocks as if the process had not run meanwhile: deadlines do not count it. */
    public synchronized void pause(Duration span) {
        pass(span);
        paused = paused.plus(span);
    }

    /** From now on the monotonic clock runs faster than the machine's, for timeouts that a test waits for. */
    public synchronized void hurry() {
        hurriedFrom = System.nanoTime();
    }

    @Override
    public synchronized Instant now() {
        return (stoppedAt == null ? Instant.now() : stoppedAt).plus(passed).plus(jumped);
    }

    @Override
    public synchronized long nanoTime() {
        long now = System.nanoTime();
        return (stoppedNanos == null ? now + (HURRY - 1) * Math.max(0, now - hurriedFrom) : stoppedNanos) + passed.toNanos();
    }

    @Override
    public synchronized long activeNanos() {
        return nanoTime() - paused.toNanos();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Sleep action;
        synchronized (this) {
            action = onSleep;
        }
        action.sleep(duration.isNegative() ? Duration.ZERO : duration);
    }
}
