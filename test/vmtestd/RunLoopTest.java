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
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.cleanup.StopSignal;
import vmtestd.report.Log;
import vmtestd.time.TestClock;

/** An interval of 5 min, on a clock that only the runs advance. */
@Timeout(60)
class RunLoopTest {
    private static final Duration INTERVAL = Duration.ofMinutes(5);
    /** So little before the next run is due that the loop hardly waits for it. */
    private static final Duration ALMOST = INTERVAL.minusNanos(1);
    private static final String OUTLASTED = "warn the run outlasted the interval skipped=";

    private TestClock clock = startingAt(Long.MAX_VALUE - Duration.ofMinutes(7).toNanos());
    private final StopSignal stop = new StopSignal();
    private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
    private final List<Long> skipped = new ArrayList<>();
    private int runs;

    @Test
    void reportsRunsThatWereDueDuringAnother() throws Exception {
        run(() -> {
            switch (runs) {
                case 1 -> clock.pass(INTERVAL.multipliedBy(3).plus(ALMOST));
                case 2 -> clock.pass(INTERVAL.plus(ALMOST));
                default -> stop.request();
            }
        });
        assertEquals(3, runs, "what was due meanwhile is not made up for");
        assertEquals(List.of(3L, 1L), skipped);
        assertLogged(OUTLASTED + "3 interval=5m0s", OUTLASTED + "1 interval=5m0s");
    }

    @Test
    void logsNothingIfRunsAreInTime() throws Exception {
        run(() -> {
            if (runs < 4) {
                clock.pass(ALMOST);
            } else {
                stop.request();
            }
        });
        assertEquals(4, runs);
        assertEquals(List.of(), skipped);
        assertLogged();
    }

    @Test
    void goesOnWhateverARunThrows() throws Exception {
        run(() -> {
            clock.pass(ALMOST);
            switch (runs) {
                case 1 -> throw new IllegalStateException("one");
                case 2 -> throw new StackOverflowError("two");
                default -> stop.request();
            }
        });
        assertEquals(3, runs);
        assertLogged("error internal error error=\"java.lang.IllegalStateException: one\"",
                "error internal error error=\"java.lang.StackOverflowError: two\"");
    }

    @Test
    void doesNotRunAfterAStop() throws Exception {
        stop.request();
        run(() -> { });
        assertEquals(0, runs);
    }

    @Test
    void aStopEndsTheWaitForTheNextRun() throws Exception {
        Thread stopper = new Thread(stop::request);
        run(stopper::start);
        stopper.join();
        assertEquals(1, runs);
        assertFalse(Thread.interrupted(), "the interrupt of the wait is not left for the cleanup");
    }

    /** It decides itself where a stop may interrupt it. */
    @Test
    void aStopDuringARunDoesNotInterruptIt() throws Exception {
        boolean[] interrupted = {true};
        run(() -> {
            clock.pass(ALMOST);
            if (runs == 2) {
                stop.request();
                interrupted[0] = Thread.currentThread().isInterrupted();
            }
        });
        assertEquals(2, runs);
        assertFalse(interrupted[0]);
    }

    /** The monotonic clock starts anywhere, and may overflow. */
    @ParameterizedTest
    @ValueSource(longs = {0, -1_000_000_000_000L, Long.MAX_VALUE - 400_000_000_000L, Long.MIN_VALUE})
    void isDueAtWholeIntervalsAfterTheFirstRun(long first) {
        clock = startingAt(first);
        RunLoop loop = loop();
        assertEquals(290, untilNext(loop, 10));
        assertEquals(260, untilNext(loop, 330));
        assertEquals(1, untilNext(loop, 559));
        assertEquals(List.of(), skipped);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 400_000_000_000L})
    void skipsTimesThatPassDuringARun(long first) {
        clock = startingAt(first);
        RunLoop loop = loop();
        assertEquals(299, untilNext(loop, 301), "300 s passed");
        assertEquals(250, untilNext(loop, 949), "900 s and 1200 s passed");
        assertEquals(290, untilNext(loop, 260), "none of them is made up for");
        assertEquals(List.of(1L, 2L), skipped);
    }

    @Test
    void skipsATimeThatComesJustAsTheRunEnds() {
        assertEquals(300, untilNext(loop(), 300));
        assertEquals(List.of(1L), skipped);
    }

    @Test
    void theSecondRunIsSoonerAndTheOthersKeepTheirDistance() {
        RunLoop loop = loop(Duration.ofSeconds(120));
        assertEquals(170, untilNext(loop, 10));
        assertEquals(280, untilNext(loop, 190));
        assertEquals(290, untilNext(loop, 290));
        assertEquals(List.of(), skipped);
    }

    @Test
    void theAdvanceIsUpToHalfAnInterval() {
        Set<Long> minutes = new TreeSet<>();
        for (int i = 0; i < 1000; i++) {
            Duration advance = RunLoop.advance(INTERVAL);
            assertTrue(!advance.isNegative() && advance.compareTo(INTERVAL.dividedBy(2)) < 0, advance::toString);
            minutes.add(advance.toMinutes());
        }
        assertEquals(Set.of(0L, 1L, 2L), minutes);
    }

    /** A sleep that returns a little early must not repeat a time. */
    @Test
    void doesNotRepeatATimeIfARunStartedTooEarly() {
        RunLoop loop = loop();
        assertEquals(299, untilNext(loop, 1));
        assertEquals(301, untilNext(loop, 298));
        assertEquals(290, untilNext(loop, 311));
        assertEquals(List.of(), skipped);
    }

    private static TestClock startingAt(long nanos) {
        return TestClock.stopped(Instant.EPOCH, nanos);
    }

    private void run(Runnable run) throws InterruptedException {
        loop().run(() -> {
            runs++;
            run.run();
        });
    }

    private RunLoop loop() {
        return loop(Duration.ZERO);
    }

    private RunLoop loop(Duration advance) {
        return new RunLoop(INTERVAL, INTERVAL, clock, stop, Log.to(new PrintStream(logged, true, StandardCharsets.UTF_8), false), skipped::add, advance);
    }

    /** The seconds until the next run if so many have passed since the last question. */
    private long untilNext(RunLoop loop, long passed) {
        clock.pass(Duration.ofSeconds(passed));
        return loop.untilNext().toSeconds();
    }

    /** Compares the log without its times. */
    private void assertLogged(String... lines) {
        assertEquals(List.of(lines), logged.toString(StandardCharsets.UTF_8).lines()
                .map(line -> line.substring(line.indexOf(' ') + 1)).toList());
    }
}
