package vmtestd.time;

import java.time.Duration;

/**
 * A point in time by which an operation must end, on a clock that excludes time during which this process did not run. A
 * caller passes one deadline down, and each wait takes what remains of it.
 *
 * @param clock measures the deadline
 * @param nanos the value of {@link Clock#activeNanos()} at the deadline
 */
public record Deadline(Clock clock, long nanos) {
    private static final long LONGEST_WAIT_MS = 200;

    /** Returns the deadline {@code span} from now. The span may be negative and is at most 292 years. */
    public static Deadline in(Clock clock, Duration span) {
        return new Deadline(clock, clock.activeNanos() + span.toNanos());
    }

    /** Returns the time left, negative once the deadline has passed. */
    public Duration remaining() {
        return Duration.ofNanos(nanos - clock.activeNanos());
    }

    /** Returns whether no time is left. */
    public boolean expired() {
        return nanos - clock.activeNanos() <= 0;
    }

    /**
     * Returns how long to wait before checking the deadline again, in milliseconds, or 0 once it has passed. The clock
     * would not count a longer wait in full.
     */
    public long nextWait() {
        long millis = remaining().toMillis();
        // Rounded up: a last half millisecond must not spin.
        return expired() ? 0 : Math.min(millis + 1, LONGEST_WAIT_MS);
    }

    /** Returns the later of two deadlines on the same clock. */
    public Deadline orLater(Deadline other) {
        return other.nanos - nanos > 0 ? other : this;
    }

    /** Returns the earlier of this deadline and the one {@code span} from now. */
    public Deadline cappedAt(Duration span) {
        Deadline other = in(clock, span);
        return other.nanos - nanos < 0 ? other : this;
    }
}
