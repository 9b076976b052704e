package vmtestd.time;

import java.time.Duration;

/**
 * A point in time by which something must be done, on a clock that stands still while this process does not run. One
 * deadline is passed down through all the calls that serve it, and each wait takes what is left.
 *
 * @param clock the clock that it is measured by
 * @param nanos the point, in the terms of {@link Clock#activeNanos()}
 */
public record Deadline(Clock clock, long nanos) {
    private static final long LONGEST_WAIT_MS = 200;

    /** The point which lies {@code span} from now; the span may be negative, and is at most 292 years. */
    public static Deadline in(Clock clock, Duration span) {
        return new Deadline(clock, clock.activeNanos() + span.toNanos());
    }

    /** The time that is left: negative once the deadline has passed. */
    public Duration remaining() {
        return Duration.ofNanos(nanos - clock.activeNanos());
    }

    /** Whether no time is left. */
    public boolean expired() {
        return nanos - clock.activeNanos() <= 0;
    }

    /**
     * How long to wait before looking again, in milliseconds; 0 once the deadline has passed. A longer wait would look
     * like a process that did not run.
     */
    public long nextWait() {
        long millis = remaining().toMillis();
        // Rounded up: a last half millisecond must not spin.
        return expired() ? 0 : Math.min(millis + 1, LONGEST_WAIT_MS);
    }

    /** The later one of two deadlines on the same clock. */
    public Deadline orLater(Deadline other) {
        return other.nanos - nanos > 0 ? other : this;
    }

    /** This deadline, or the one {@code span} from now where that comes first. */
    public Deadline cappedAt(Duration span) {
        Deadline other = in(clock, span);
        return other.nanos - nanos < 0 ? other : this;
    }
}
