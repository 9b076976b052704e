package vmtestd.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeadlineTest {
    /** The monotonic clock may begin anywhere, and may overflow on the way to the deadline. */
    @ParameterizedTest
    @ValueSource(longs = {0, -5_000_000_000L, 1L << 40, Long.MAX_VALUE - 1, Long.MIN_VALUE})
    void countsDownToItsPointAndBeyond(long start) {
        TestClock clock = TestClock.stopped(Instant.EPOCH, start);
        Deadline deadline = Deadline.in(clock, Duration.ofSeconds(10));
        assertEquals(Duration.ofSeconds(10), deadline.remaining());
        assertFalse(deadline.expired());

        clock.pass(Duration.ofSeconds(10).minusNanos(1));
        assertEquals(Duration.ofNanos(1), deadline.remaining());
        assertFalse(deadline.expired());

        clock.pass(Duration.ofNanos(1));
        assertEquals(Duration.ZERO, deadline.remaining());
        assertTrue(deadline.expired());

        clock.pass(Duration.ofSeconds(3));
        assertEquals(Duration.ofSeconds(-3), deadline.remaining());
        assertTrue(deadline.expired());
    }

    @Test
    void hasExpiredFromTheStartIfTheSpanIsNotPositive() {
        TestClock clock = TestClock.stopped(Instant.EPOCH, 7);
        assertTrue(Deadline.in(clock, Duration.ZERO).expired());
        assertTrue(Deadline.in(clock, Duration.ofNanos(-1)).expired());
        assertEquals(Duration.ofSeconds(-1), Deadline.in(clock, Duration.ofSeconds(-1)).remaining());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 6_000_000_000L})
    void cappedAtReturnsWhicheverComesFirst(long start) {
        TestClock clock = TestClock.stopped(Instant.EPOCH, start);
        Deadline deadline = Deadline.in(clock, Duration.ofSeconds(10));
        assertEquals(Duration.ofSeconds(3), deadline.cappedAt(Duration.ofSeconds(3)).remaining());
        assertSame(deadline, deadline.cappedAt(Duration.ofSeconds(10)));
        assertSame(deadline, deadline.cappedAt(Duration.ofSeconds(30)));

        clock.pass(Duration.ofSeconds(8));
        assertSame(deadline, deadline.cappedAt(Duration.ofSeconds(3)), "the span counts from now");
        assertEquals(Duration.ofSeconds(1), deadline.cappedAt(Duration.ofSeconds(1)).remaining());
    }
}
