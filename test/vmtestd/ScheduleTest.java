package vmtestd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first run begins at 0 s, one more is due every 300 s. */
class ScheduleTest {
    private static final long SECOND = 1_000_000_000;

    /** The monotonic clock begins anywhere, and may overflow. */
    @ParameterizedTest
    @ValueSource(longs = {0, -1_000_000_000_000L, Long.MAX_VALUE - 400 * SECOND, Long.MIN_VALUE})
    void beginsAtWholeIntervalsAfterTheFirstRun(long first) {
        Schedule schedule = new Schedule(Duration.ofSeconds(300), first);
        assertEquals(next(290, 0), schedule.next(first + 10 * SECOND));
        assertEquals(next(260, 0), schedule.next(first + 340 * SECOND));
        assertEquals(next(1, 0), schedule.next(first + 899 * SECOND));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 400 * SECOND})
    void skipsTimesThatPassWhileARunGoesOn(long first) {
        Schedule schedule = new Schedule(Duration.ofSeconds(300), first);
        assertEquals(next(299, 1), schedule.next(first + 301 * SECOND), "300 s passed");
        assertEquals(next(250, 2), schedule.next(first + 1250 * SECOND), "900 s and 1200 s passed");
        assertEquals(next(290, 0), schedule.next(first + 1510 * SECOND), "none of them is made up for");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 7})
    void skipsATimeThatComesJustAsTheRunEnds(long first) {
        Schedule schedule = new Schedule(Duration.ofSeconds(300), first);
        assertEquals(next(300, 1), schedule.next(first + 300 * SECOND));
    }

    /** A sleep that returns a little early must not have the same time come twice. */
    @ParameterizedTest
    @ValueSource(longs = {0, 7})
    void doesNotRepeatATimeThatARunBeganTooEarlyFor(long first) {
        Schedule schedule = new Schedule(Duration.ofSeconds(300), first);
        assertEquals(next(299, 0), schedule.next(first + SECOND));
        assertEquals(next(301, 0), schedule.next(first + 299 * SECOND));
        assertEquals(next(290, 0), schedule.next(first + 610 * SECOND));
    }

    private static Schedule.Next next(long seconds, long skipped) {
        return new Schedule.Next(Duration.ofSeconds(seconds), skipped);
    }
}
