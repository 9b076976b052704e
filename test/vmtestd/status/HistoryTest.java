package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.cleanup.Cause;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.run.Step;
import vmtestd.run.Failure;
import vmtestd.status.History.Streak;

public class HistoryTest {
    static final Duration INTERVAL = Duration.ofMinutes(5);
    static final Duration LONGEST_RUN = Duration.ofSeconds(1170);
    private static final Instant FIRST = Instant.parse("2026-11-22T00:00:00Z");

    @Test
    void isEmptyAtFirst() {
        assertEquals(new History(INTERVAL, LONGEST_RUN, null, null, List.of(), List.of(), 0), empty());
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
        History history = empty().runEnded(failed(0));
        assertEquals(new Streak(Result.FAILED, 1, started(0)), history.streak());
        history = history.runEnded(passed(1));
        assertEquals(new Streak(Result.PASSED, 1, started(1)), history.streak());
        history = history.runEnded(passed(2));
        assertEquals(new Streak(Result.PASSED, 2, started(1)), history.streak());
        history = history.runEnded(failed(3));
        assertEquals(new Streak(Result.FAILED, 1, started(3)), history.streak());
    }

    @Test
    void countsPastRunsThatWereInterrupted() {
        History history = empty().runEnded(interrupted(0)).runEnded(failed(1)).runEnded(interrupted(2));
        assertEquals(new Streak(Result.FAILED, 1, started(1)), history.streak());
        assertEquals(new Streak(Result.FAILED, 2, started(1)), history.runEnded(failed(3)).streak());
        assertEquals(new Streak(Result.PASSED, 1, started(3)), history.runEnded(passed(3)).streak());
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
        assertEquals(started(0), history.runningSince());
        assertNull(history.runEnded(interrupted(0)).runningSince());
        assertNull(history.runEnded(passed(0)).runningSince());
    }

    @Test
    void isTakenOverWithAllButTheRunThatWentOn() {
        History old = of(30, HistoryTest::failed).runStarted(started(30));
        History history = old.takenOver(Duration.ofHours(1), Duration.ofHours(2));
        assertEquals(new History(Duration.ofHours(1), Duration.ofHours(2), null, old.streak(), old.runs(), old.failures(),
                old.damagedLines()), history);
    }

    @Test
    void takesAnOlderFailureForNoRun() {
        History history = empty().withOlderFailure(failed(0)).withOlderFailure(failed(1)).runEnded(failed(2));
        assertEquals(ids(2, 2), ids(history.runs()));
        assertEquals(ids(0, 2), ids(history.failures()));
        assertEquals(new Streak(Result.FAILED, 1, started(2)), history.streak());
    }

    @Test
    void isNotChangedByWhatIsAddedToIt() {
        History history = of(3, HistoryTest::failed);
        History same = of(3, HistoryTest::failed);
        assertEquals(same, history);
        assertFalse(history.equals(history.runEnded(passed(3))));
        assertEquals(same, history);
    }

    @Test
    void keepsTheConsolesOfFailuresOnlyAndWritesThemDown(@TempDir Path root) throws IOException {
        HistoryEntry bare = failed(1);
        HistoryEntry failure = new HistoryEntry(bare.id(), bare.started(), bare.took(), bare.result(), bare.failure(), bare.steps(), "a\nb \"c\"", "log");
        History history = empty().runEnded(failure);
        assertEquals(List.of(bare), history.runs());
        assertEquals(List.of(failure), history.failures());
        new HistoryFile(root).write(history);
        assertEquals(history, new HistoryFile(root).read(empty()).history());
        for (int number = 2; number < 200; number++) {
            history = history.runEnded(passed(number));
        }
        new HistoryFile(root).write(history);
        assertEquals(List.of(failure), new HistoryFile(root).read(empty()).history().failures());
    }

    @Test
    void isNotChangedWithTheListsThatItWasMadeOf() {
        List<HistoryEntry> runs = new ArrayList<>(List.of(failed(0)));
        List<HistoryEntry> failures = new ArrayList<>(runs);
        History history = new History(INTERVAL, LONGEST_RUN, null, null, runs, failures, 0);
        runs.clear();
        failures.clear();
        assertEquals(ids(0, 0), ids(history.runs()));
        assertEquals(ids(0, 0), ids(history.failures()));
    }

    // The runs that other tests of this package speak of, too: one every five minutes, numbered from 0.

    public static HistoryEntry passed(int number) {
        return new HistoryEntry(id(number), started(number), Duration.ofMillis(14_200), Result.PASSED, null, inOrder(Map.of(
                Step.CONNECT, Duration.ofMillis(2), Step.LIST, Duration.ofMillis(3), Step.MOUNT, Duration.ofMillis(1100),
                Step.WAIT, Duration.ofSeconds(10))), "", "");
    }

    public static HistoryEntry failed(int number) {
        return failed(number, Step.DEPLOY, Cause.REMOTE_ERROR, "vmd.Run: no space left on device");
    }

    public static HistoryEntry failed(int number, Step step, Cause cause, String detail) {
        return new HistoryEntry(id(number), started(number), Duration.ofMillis(1300), Result.FAILED,
                new Failure(step, cause, detail),
                inOrder(Map.of(Step.CONNECT, Duration.ofMillis(2), Step.LIST, Duration.ofMillis(3))), "", "");
    }

    public static HistoryEntry interrupted(int number) {
        return new HistoryEntry(id(number), started(number), Duration.ofSeconds(5), Result.INTERRUPTED,
                new Failure(Step.WAIT, Cause.INTERRUPTED, "told to stop"), Map.of(Step.CONNECT, Duration.ofMillis(2)), "", "");
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
        return History.empty(INTERVAL, LONGEST_RUN);
    }

    /** So many runs behind the other. */
    static History of(int count, IntFunction<HistoryEntry> run) {
        History history = empty();
        for (int number = 0; number < count; number++) {
            history = history.runEnded(run.apply(number));
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
