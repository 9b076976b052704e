package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.run.Failure;
import vmtestd.run.Step;

/** The hours and days of a history, and objectives judged by them. */
class TalliesTest {
    private static final Instant MIDNIGHT = Instant.parse("2026-11-22T00:00:00Z");

    private Tallies tallies = Tallies.NONE;

    @Test
    void aDayHasItsDurationsAndAPastOneTheirMedians() {
        add(0, Result.PASSED, 10, 3);
        add(1, Result.PASSED, 30, -1);
        add(2, Result.FAILED, 99, -1);
        add(23, Result.INTERRUPTED, 99, -1);
        Tally today = tallies.days().get(0);
        assertEquals(new Tally(MIDNIGHT, 2, 1, 1, seconds(10, 30), seconds(3)), today);
        add(24, Result.PASSED, 7, 2);
        assertEquals(List.of(new Tally(MIDNIGHT, 2, 1, 1, seconds(20), seconds(3)),
                new Tally(MIDNIGHT.plus(Duration.ofDays(1)), 1, 0, 0, seconds(7), seconds(2))), tallies.days());
        assertEquals(List.of(0L, 1L, 2L, 23L, 24L), tallies.hours().stream().map(hour -> Duration.between(MIDNIGHT, hour.start()).toHours()).toList());
        assertEquals(Map.of("date", "2026-11-22", "passed", 2, "failed", 1, "interrupted", 1, "run_median", Duration.ofSeconds(20),
                "boot_median", Duration.ofSeconds(3)), tallies.days().get(0).toJson());
    }

    @Test
    void theOldestAreForgotten() {
        for (int hour = 0; hour < 24 * 100; hour++) {
            add(hour, Result.PASSED, 1, 1);
        }
        assertEquals(90, tallies.days().size());
        assertEquals(24, tallies.hours().size());
        assertEquals(MIDNIGHT.plus(Duration.ofDays(10)), tallies.days().get(0).start());
        assertEquals(24, tallies.days().get(0).passed());
    }

    @Test
    void theDurationsOfADayAreBounded() {
        for (int i = 0; i < 2100; i++) {
            tallies = tallies.plus(run(MIDNIGHT, Result.PASSED, i, 1));
        }
        assertEquals(2100, tallies.days().get(0).passed());
        assertEquals(2000, tallies.days().get(0).runs().size());
    }

    /** The order stays, and no run is lost. */
    @Test
    void aClockThatIsSetBackCountsForTheLastDay() {
        add(30, Result.PASSED, 1, 1);
        add(2, Result.FAILED, 1, 1);
        assertEquals(1, tallies.days().size());
        assertEquals(1, tallies.days().get(0).failed());
    }

    @Test
    void ratesAreOfTheRunsWithAVerdict() {
        assertEquals("", tallies.rates(MIDNIGHT));
        add(0, Result.INTERRUPTED, 1, 1);
        assertEquals("", tallies.rates(at(1)));
        add(1, Result.FAILED, 1, 1);
        add(2, Result.PASSED, 1, 1);
        add(2, Result.PASSED, 1, 1);
        assertEquals("24 h 66.6 %   7 d 66.6 %   30 d 66.6 %", tallies.rates(at(3)));
        assertEquals("24 h 100 %   7 d 66.6 %   30 d 66.6 %", tallies.rates(at(25)));
        assertEquals("7 d 66.6 %   30 d 66.6 %", tallies.rates(at(26)));
        assertEquals("30 d 66.6 %", tallies.rates(at(7 * 24)));
        assertEquals("", tallies.rates(at(30 * 24)));
    }

    /** Rounded down: 100 % means that all passed. */
    @Test
    void aRateIsNeverBetterThanTheRuns() {
        assertEquals("99.9 %", new Tally(MIDNIGHT, 99_999, 1, 0, List.of(), List.of()).rate());
        assertEquals("100 %", new Tally(MIDNIGHT, 99_999, 0, 9, List.of(), List.of()).rate());
        assertEquals("0 %", new Tally(MIDNIGHT, 0, 1, 0, List.of(), List.of()).rate());
    }

    @ParameterizedTest
    @CsvSource({
        "99.5%/7d, 99500, 7, true", "100%/24h, 100000, 24, false", "0.001%/90d, 1, 90, true", "099.25%/1h, 99250, 1, false"})
    void objectivesAreParsed(String text, int thousandths, int count, boolean days) {
        assertEquals(new Slo(text, thousandths, count, days), Slo.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"99.5", "99.5%", "99.5/7d", "100.001%/7d", "0%/7d", "99.5%/0d", "99.5%/91d", "99.5%/25h", "99.5%/7w", "99.5%/d", "99.%/7d",
        ".5%/7d", "99.5555%/7d", "-1%/7d", "99.5% / 7d", "99.5%/7d "})
    void otherObjectivesAreRejected(String text) {
        assertThrows(IllegalArgumentException.class, () -> Slo.parse(text));
    }

    @Test
    void anObjectiveOfDaysNeedsAVerdictOnEachOfThem() {
        assertJudged(3, "75%/2d: not enough data: no verdict on 2026-11-21", "75%/2d", 0);
        add(0, Result.PASSED, 1, 1);
        add(1, Result.FAILED, 1, 1);
        assertJudged(3, "75%/2d: not enough data: no verdict on 2026-11-21", "75%/2d", 2);
        add(24, Result.INTERRUPTED, 1, 1);
        assertJudged(3, "75%/2d: not enough data: no verdict on 2026-11-23", "75%/2d", 25);
        add(25, Result.PASSED, 1, 1);
        add(25, Result.PASSED, 1, 1);
        assertJudged(0, "75%/2d: met: 75 %, 3 of 4 runs passed", "75%/2d", 26);
        assertJudged(1, "75.001%/2d: not met: 75 %, 3 of 4 runs passed", "75.001%/2d", 26);
    }

    @Test
    void anObjectiveOfHoursNeedsAHistoryThatReachesBack() {
        assertJudged(3, "99%/3h: not enough data: the history does not reach back to 2026-11-22T03:00:00Z", "99%/3h", 5);
        add(4, Result.FAILED, 1, 1);
        assertJudged(3, "99%/3h: not enough data: the history does not reach back to 2026-11-22T03:00:00Z", "99%/3h", 5);
        add(6, Result.PASSED, 1, 1);
        assertJudged(1, "99%/3h: not met: 50 %, 1 of 2 runs passed", "99%/3h", 6);
        assertJudged(0, "99%/3h: met: 100 %, 1 of 1 run passed", "99%/3h", 8);
        assertJudged(3, "99%/3h: not enough data: no verdict", "99%/3h", 9);
    }

    private void assertJudged(int exitStatus, String text, String objective, int hour) {
        assertEquals(new Slo.Verdict(exitStatus, text), Slo.parse(objective).judge(tallies, at(hour)));
    }

    private void add(int hour, Result result, int seconds, int bootSeconds) {
        tallies = tallies.plus(run(at(hour), result, seconds, bootSeconds));
        assertTrue(tallies.days().size() <= tallies.hours().size() || tallies.hours().size() == Tallies.MAX_HOURS);
    }

    private static Instant at(int hour) {
        return MIDNIGHT.plus(Duration.ofHours(hour)).plusSeconds(59);
    }

    private static HistoryEntry run(Instant started, Result result, int seconds, int bootSeconds) {
        return new HistoryEntry("id", Scenario.BOOT, started, Duration.ofSeconds(seconds), result, result == Result.PASSED ? null
                : new Failure(Step.BOOT, Cause.NO_BOOT, "words"), bootSeconds < 0 ? Map.of() : Map.of(Step.BOOT, Duration.ofSeconds(bootSeconds)), "", "", "");
    }

    private static List<Duration> seconds(long... seconds) {
        return java.util.Arrays.stream(seconds).mapToObj(Duration::ofSeconds).toList();
    }
}
