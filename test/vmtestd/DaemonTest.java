package vmtestd;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
    private int runs;
    private Daemon daemon;

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
                stop.request();
                return;
            }
            pass(ALMOST);
            if (runs == 1) {
                throw new IllegalStateException("one");
            }
            throw new StackOverflowError("two");
        }).serve(stop));
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
        }, INTERVAL, LONGEST, clock, Log.to(new PrintStream(logged, true, StandardCharsets.UTF_8), false), skipped::add);
        return daemon;
    }

    private void pass(Duration span) {
        clock.pass(span);
    }

    /** The log, but for the times in it. */
    private void assertLogged(String... lines) {
        assertEquals(List.of(lines), logged.toString(StandardCharsets.UTF_8).lines()
                .map(line -> line.substring(line.indexOf(' ') + 1)).toList());
    }
}
