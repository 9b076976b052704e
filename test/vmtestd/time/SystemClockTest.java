package vmtestd.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class SystemClockTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final TestClock machine = TestClock.stopped(Instant.EPOCH, 0);
    private final Clock clock = new SystemClock() {
        @Override
        public long nanoTime() {
            return machine.nanoTime();
        }
    };
    private final Deadline deadline = Deadline.in(clock, Duration.ofSeconds(4));

    @Test
    void countsAllTimeBetweenChecksThatAreCloseEnough() {
        for (int i = 0; i < 10; i++) {
            machine.pass(Duration.ofMillis(400));
            assertEquals(Duration.ofMillis(3600 - 400 * i), deadline.remaining());
        }
        assertTrue(deadline.expired());
    }

    @Test
    void countsLittleOfTheTimeInWhichTheProcessDidNotRun() {
        machine.pass(HOUR);
        assertFalse(deadline.expired());
        assertEquals(Duration.ofMillis(3600), deadline.remaining());
        assertEquals(HOUR.toNanos(), clock.nanoTime(), "the schedule goes on by the monotonic clock");
        machine.pass(Duration.ofMillis(300));
        assertEquals(Duration.ofMillis(3300), deadline.remaining());
    }

    /** A process that is stopped again and again still comes to an end. */
    @Test
    void letsADeadlinePassHoweverOftenTheProcessIsStopped() {
        int stops = 0;
        while (!deadline.expired()) {
            machine.pass(HOUR);
            stops++;
        }
        assertEquals(10, stops);
    }

    @Test
    void returnsWaitsThatAreShortEnoughToBeCounted() {
        assertEquals(200, deadline.nextWait());
        assertEquals(8, Deadline.in(clock, Duration.ofNanos(7_500_000)).nextWait(), "rounded up");
        assertEquals(1, Deadline.in(clock, Duration.ofNanos(1)).nextWait());
        assertEquals(0, Deadline.in(clock, Duration.ZERO).nextWait());
        assertEquals(0, Deadline.in(clock, Duration.ofSeconds(-1)).nextWait());
    }

    @Test
    void sleepsForAsLongAsItShouldAndIsActiveMeanwhile() throws InterruptedException {
        Clock system = Clock.system();
        long begin = system.nanoTime();
        Deadline longer = Deadline.in(system, HOUR);
        system.sleep(Duration.ofMillis(1500));
        assertTrue(system.nanoTime() - begin >= 1_500_000_000L);
        assertTrue(HOUR.minus(longer.remaining()).compareTo(Duration.ofMillis(1500)) >= 0, longer.remaining()::toString);
    }

    @Test
    void sleepsNotAtAllForNothing() throws InterruptedException {
        clock.sleep(Duration.ofSeconds(-1));
        clock.sleep(Duration.ZERO);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> clock.sleep(Duration.ZERO));
    }
}
