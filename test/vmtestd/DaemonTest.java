package vmtestd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import vmtestd.cleanup.StopSignal;
import vmtestd.report.Log;
import vmtestd.status.Health;
import vmtestd.time.Clock;

/** A daemon with an interval of 5 min and runs of at most 20 min, on a clock that only runs turn. */
@Timeout(60)
class DaemonTest {
    private static final Duration INTERVAL = Duration.ofMinutes(5);
    private static final Duration LONGEST = Duration.ofMinutes(20);
    /** So little before the next run is due that nobody has to wait for it. */
    private static final Duration ALMOST = INTERVAL.minusNanos(1);

    /** Stands still until somebody turns it. */
    private static final class HandClock implements Clock {
        private volatile long nanos = Long.MAX_VALUE - Duration.ofMinutes(7).toNanos();

        synchronized void pass(Duration span) {
            nanos += span.toNanos();
        }

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public void sleep(Duration duration) {
            throw new UnsupportedOperationException("the daemon waits by its executor");
        }
    }

    private final HandClock clock = new HandClock();
    private final StopSignal stop = new StopSignal();
    private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
    private final List<Long> skipped = new ArrayList<>();
    /** What the daemon says of itself at points that a test chooses. */
    private final List<Health> health = new ArrayList<>();
    private int runs;
    /** Whether a run takes place when one is due. */
    private boolean took = true;
    private Daemon daemon;

    @Test
    void isOnScheduleWhileARunMayGoOnAndAMinuteLonger() throws InterruptedException {
        daemon(() -> {
            look();
            pass(LONGEST.plusSeconds(60));
            look();
            pass(Duration.ofNanos(1));
            look();
            stop.request();
        });
        assertEquals(new Health(true, false, Duration.ZERO), daemon.health());
        assertTrue(daemon.serve(stop));
        assertEquals(List.of(new Health(true, true, Duration.ZERO), new Health(true, true, LONGEST.plusSeconds(60)),
                new Health(false, true, LONGEST.plusSeconds(60).plusNanos(1))), health);
    }

    @Test
    void isLateWhereItsFirstRunDoesNotBegin() {
        daemon(() -> { });
        pass(Duration.ofSeconds(60));
        assertEquals(new Health(true, false, Duration.ofSeconds(60)), daemon.health());
        pass(Duration.ofSeconds(1));
        assertEquals(new Health(false, false, Duration.ofSeconds(61)), daemon.health());
    }

    /** A run of 2 min: the next one is due 3 min after it. */
    @Test
    void isLateWhereTheNextRunDoesNotBegin() throws InterruptedException {
        daemon(() -> {
            pass(Duration.ofMinutes(2));
            stop.request();
        });
        assertTrue(daemon.serve(stop));
        assertEquals(new Health(true, false, Duration.ZERO), daemon.health());
        pass(Duration.ofMinutes(4));
        assertEquals(new Health(true, false, Duration.ofMinutes(4)), daemon.health());
        pass(Duration.ofNanos(1));
        assertEquals(new Health(false, false, Duration.ofMinutes(4).plusNanos(1)), daemon.health());
    }

    /** As where the lock of a run cannot be had. */
    @Test
    void isLateWhereNoRunTakesPlaceWhenItIsDue() throws InterruptedException {
        took = false;
        daemon(() -> {
            pass(Duration.ofSeconds(60).plusNanos(1));
            stop.request();
        });
        assertTrue(daemon.serve(stop));
        assertFalse(daemon.health().onSchedule());
    }

    @Test
    void tellsOfRunsThatWereDueWhileOneWentOn() throws InterruptedException {
        daemon(() -> {
            switch (runs) {
                case 1 -> pass(INTERVAL.multipliedBy(3).plus(ALMOST));
                case 2 -> pass(INTERVAL.plus(ALMOST));
                default -> stop.request();
            }
        });
        assertTrue(daemon.serve(stop));
        assertEquals(3, runs, "what was due meanwhile is not made up for");
        assertEquals(List.of(3L, 1L), skipped);
        assertLogged("warn the run outlasted the interval skipped=3 interval=5m0s",
                "warn the run outlasted the interval skipped=1 interval=5m0s");
    }

    @Test
    void saysNothingOfRunsInTime() throws InterruptedException {
        assertTrue(daemon(() -> {
            if (runs < 4) {
                pass(ALMOST);
            } else {
                stop.request();
            }
        }).serve(stop));
        assertEquals(4, runs);
        assertEquals(List.of(), skipped);
        assertLogged();
    }

    @Test
    void goesOnWhateverARunThrows() throws InterruptedException {
        assertTrue(daemon(() -> {
            if (runs == 3) {
                look();
                stop.request();
                return;
            }
            pass(ALMOST);
            if (runs == 1) {
                throw new IllegalStateException("one");
            }
            throw new StackOverflowError("two");
        }).serve(stop));
        assertEquals(List.of(new Health(true, true, Duration.ZERO)), health);
        String words = "error the run broke off: this is a bug of vmtestd or a lack of memory error=";
        assertLogged(words + "\"java.lang.IllegalStateException: one\"", words + "\"java.lang.StackOverflowError: two\"");
    }

    @Test
    void letsTheRunOfAStopEnd() throws InterruptedException {
        List<String> order = new CopyOnWriteArrayList<>();
        Thread waiting = Thread.currentThread();
        daemon(() -> {
            stop.request();
            // The daemon waits for this run now, and no longer for the stop.
            while (waiting.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            order.add("run ended");
        });
        assertTrue(daemon.serve(stop));
        order.add("daemon ended");
        assertEquals(List.of("run ended", "daemon ended"), order);
        assertEquals(1, runs);
    }

    private Daemon daemon(Runnable run) {
        daemon = new Daemon(() -> {
            runs++;
            run.run();
            return took;
        }, INTERVAL, LONGEST, clock, Log.to(new PrintStream(logged, true, StandardCharsets.UTF_8), false), skipped::add);
        return daemon;
    }

    private void pass(Duration span) {
        clock.pass(span);
    }

    private void look() {
        health.add(daemon.health());
    }

    /** The log, but for the times in it. */
    private void assertLogged(String... lines) {
        assertEquals(List.of(lines), logged.toString(StandardCharsets.UTF_8).lines()
                .map(line -> line.substring(line.indexOf(' ') + 1)).toList());
    }
}
