package vmtestd.time;

import java.time.Duration;

/**
 * A point on the monotonic clock by which something must be done. One deadline is passed down
 * through all the calls that serve it, and each wait takes what is left.
 *
 * @param clock the clock that it is measured by
 * @param nanos the point, in the terms of {@link Clock#nanoTime()}
 */
public record Deadline(Clock clock, long nanos) {

    /** The point which lies {@code span} from now; the span may be negative, and is at most 292 years. */
    public static Deadline in(Clock clock, Duration span) {
        return new Deadline(clock, clock.nanoTime() + span.toNanos());
    }

    /** The time that is left: negative once the deadline has passed. */
    public Duration left() {
        return Duration.ofNanos(nanos - clock.nanoTime());
    }

    /** Whether no time is left. */
    public boolean passed() {
        return nanos - clock.nanoTime() <= 0;
    }

    /** This deadline, or the point {@code other} in the terms of {@link Clock#nanoTime()} if that is later. */
    public Deadline notBefore(long other) {
        return other - nanos > 0 ? new Deadline(clock, other) : this;
    }

    /** This deadline, or the one {@code span} from now where that comes first. */
    public Deadline within(Duration span) {
        Deadline other = in(clock, span);
        return other.nanos - nanos < 0 ? other : this;
    }
}
