package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.run.Failure;
import vmtestd.run.Step;
import vmtestd.status.History.Streak;

public class HistoryTest {
    static final Duration INTERVAL = Duration.ofMinutes(5);
    static final Duration LONGEST_RUN = Duration.ofSeconds(1170);
    private static final Instant FIRST = Instant.parse("2026-11-22T00:00:00Z");

    @Test
    void isEmptyAtFirst() {
        assertEquals(new History(INTERVAL, LONGEST_RUN, false, FIRST, null, null, List.of(), List.of(), Tallies.NONE), empty());
    }

    @Test
    void remembersTheLastHundredRuns() {
        assertEquals(ids(0, 99), ids(of(100, HistoryTest::passed).runs()));
        assertEquals(ids(1, 100), ids(of(101, HistoryTest::passed).runs()));
        assertEquals(ids(150, 249), ids(of(250, HistoryTest::passed).runs()));
    }

    @Test
    void remembersTheLastTwentyFailures() {
        assertEquals(ids(0, 19), ids(of(20, HistoryTest::failed).failures()));
        assertEquals(ids(1, 20), ids(of(21, HistoryTest::failed).failures()));
    }

    @Test
    void remembersFailuresForLongerThanRuns() {
        History history = of(300, number -> number < 3 ? failed(number) : passed(number));
        assertEquals(ids(200, 299), ids(history.runs()));
        assertEquals(ids(0, 2), ids(history.failures()));
    }

    @Test
    void takesNoInterruptedRunForAFailure() {
        History history = of(3, HistoryTest::interrupted);
        assertEquals(ids(0, 2), ids(history.runs()));
        assertEquals(List.of(), history.failures());
        assertNull(history.streak());
    }

    @Test
    void countsRunsThatEndedAlike() {
        History history = ended(failed(0));
        assertEquals(new Streak(Result.FAILED, 1, started(0)), history.streak());
        history = ended(history, passed(1));
        assertEquals(new Streak(Result.PASSED, 1, started(1)), history.streak());
        history = ended(history, passed(2));
        assertEquals(new Streak(Result.PASSED, 2, started(1)), history.streak());
        history = ended(history, failed(3));
        assertEquals(new Streak(Result.FAILED, 1, started(3)), history.streak());
    }

    @Test
    void countsPastRunsThatWereInterrupted() {
        History history = ended(interrupted(0), failed(1), interrupted(2));
        assertEquals(new Streak(Result.FAILED, 1, started(1)), history.streak());
        assertEquals(new Streak(Result.FAILED, 2, started(1)), ended(history, failed(3)).streak());
        assertEquals(new Streak(Result.PASSED, 1, started(3)), ended(history, passed(3)).streak());
    }

    @Test
    void countsMoreRunsThanItRemembers() {
        assertEquals(new Streak(Result.PASSED, 250, started(0)), of(250, HistoryTest::passed).streak());
        assertEquals(new Streak(Result.FAILED, 240, started(10)),
                of(250, number -> number < 10 ? passed(number) : failed(number)).streak());
    }

    @Test
    void knowsSinceWhenARunGoesOn() {
        History history = empty().runStarted(started(0));
        assertTrue(history.running());
        assertEquals(started(0), history.since());
        for (HistoryEntry run : List.of(interrupted(0), passed(0), failed(0))) {
            History ended = history.runEnded(run, List.of(Scenario.BOOT), started(1));
            assertFalse(ended.running());
            assertEquals(started(1), ended.since(), "by the clock at its end, whatever it was at its start");
        }
    }

    @Test
    void isTakenOverWithAllButTheRunThatWentOn() {
        History old = ended(of(30, HistoryTest::failed), passed(30)).runStarted(started(31));
        History history = old.continued(Duration.ofHours(1), Duration.ofHours(2), started(40));
        assertEquals(new History(Duration.ofHours(1), Duration.ofHours(2), false, started(40), passed(30).ended(), old.streak(), old.runs(),
                old.failures(), old.tallies()), history);
    }

    @Test
    void remembersTheLastSuccessForLongerThanRuns() {
        assertNull(of(3, HistoryTest::failed).lastSuccess());
        assertEquals(passed(7).ended(), of(300, number -> number < 8 ? passed(number) : number % 2 == 0 ? failed(number) : interrupted(number)).lastSuccess());
    }

    @Test
    void findsTheLastVerdictBehindInterruptedRuns() {
        assertNull(empty().lastVerdict());
        assertNull(ended(interrupted(0)).lastVerdict());
        assertEquals(failed(1), ended(passed(0), failed(1), interrupted(2), interrupted(3)).lastVerdict());
        assertEquals(interrupted(2), ended(failed(1), interrupted(2)).lastRun());
        assertNull(empty().lastRun());
    }

    @Test
    void isNotChangedByWhatIsAddedToIt() {
        History history = of(3, HistoryTest::failed);
        History same = of(3, HistoryTest::failed);
        assertEquals(same, history);
        assertFalse(history.equals(ended(history, passed(3))));
        assertEquals(same, history);
    }

    @Test
    void keepsTheConsolesOfFailuresOnlyAndWritesThemDown(@TempDir Path root) throws IOException {
        HistoryEntry bare = failed(1);
        HistoryEntry failure = new HistoryEntry(bare.id(), bare.scenario(), bare.started(), bare.took(), bare.result(), bare.failure(), bare.steps(), "a\nb \"c\"", "log", "");
        History history = ended(failure);
        assertEquals(List.of(bare), history.runs());
        assertEquals(List.of(failure), history.failures());
        HistoryFile.in(root).write(history);
        assertEquals(List.of(failure), HistoryFile.in(root).read().failures());
        for (int number = 2; number < 200; number++) {
            history = ended(history, passed(number));
        }
        HistoryFile.in(root).write(history);
        assertEquals(List.of(failure), HistoryFile.in(root).read().failures());
    }

    // The runs that other tests of this package speak of, too: one every five minutes, numbered from 0.

    public static HistoryEntry passed(int number) {
        return new HistoryEntry(id(number), Scenario.BOOT, started(number), Duration.ofMillis(14_200), Result.PASSED, null, inOrder(Map.of(
                Step.CONNECT, Duration.ofMillis(2), Step.LIST, Duration.ofMillis(3), Step.MOUNT, Duration.ofMillis(1100),
                Step.WAIT, Duration.ofSeconds(10))), "", "", "");
    }

    public static HistoryEntry failed(int number) {
        return failed(number, Step.DEPLOY, Cause.REMOTE_ERROR, "vmd.Run: no space left on device");
    }

    public static HistoryEntry failed(int number, Step step, Cause cause, String detail) {
        return new HistoryEntry(id(number), Scenario.BOOT, started(number), Duration.ofMillis(1300), Result.FAILED,
                new Failure(step, cause, detail),
                inOrder(Map.of(Step.CONNECT, Duration.ofMillis(2), Step.LIST, Duration.ofMillis(3))), "", "", "");
    }

    public static HistoryEntry interrupted(int number) {
        return new HistoryEntry(id(number), Scenario.BOOT, started(number), Duration.ofSeconds(5), Result.INTERRUPTED,
                new Failure(Step.WAIT, Cause.INTERRUPTED, "told to stop"), Map.of(Step.CONNECT, Duration.ofMillis(2)), "", "", "");
    }

    private static Map<Step, Duration> inOrder(Map<Step, Duration> steps) {
        return new EnumMap<>(steps);
    }

    static Instant started(int number) {
        return FIRST.plus(INTERVAL.multipliedBy(number));
    }

    static String id(int number) {
        return "test-vm-" + started(number).getEpochSecond();
    }

    static History empty() {
        return History.empty(INTERVAL, LONGEST_RUN, FIRST);
    }

    static History ended(HistoryEntry... runs) {
        return ended(empty(), runs);
    }

    /** The history with these runs, each recorded at its end. */
    static History ended(History history, HistoryEntry... runs) {
        for (HistoryEntry run : runs) {
            history = history.runEnded(run, List.of(Scenario.BOOT), run.ended());
        }
        return history;
    }

    /** So many runs behind the other. */
    static History of(int count, IntFunction<HistoryEntry> run) {
        History history = empty();
        for (int number = 0; number < count; number++) {
            history = ended(history, run.apply(number));
        }
        return history;
    }

    static List<String> ids(List<HistoryEntry> runs) {
        return runs.stream().map(HistoryEntry::id).toList();
    }

    static List<String> ids(int first, int last) {
        return IntStream.rangeClosed(first, last).mapToObj(HistoryTest::id).toList();
    }
}
