package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static vmtestd.status.HistoryTest.empty;
import static vmtestd.status.HistoryTest.ended;
import static vmtestd.status.HistoryTest.failed;
import static vmtestd.status.HistoryTest.interrupted;
import static vmtestd.status.HistoryTest.passed;
import static vmtestd.status.HistoryTest.started;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.run.Step;
import vmtestd.status.Status.State;

class StatusTest {
    @Test
    void isUnknownBeforeTheFirstVerdict() {
        assertEquals(State.UNKNOWN, state(empty(), started(0)));
        assertEquals(State.UNKNOWN, state(empty().runStarted(started(0)), started(1)));
        assertEquals(State.UNKNOWN, state(empty().runStarted(started(0)), started(100_000)));
        assertEquals(State.UNKNOWN, state(ended(interrupted(0)), started(0)));
    }

    @Test
    void isThatOfTheLastVerdict() {
        assertEquals(State.HEALTHY, state(ended(failed(0), passed(1)), started(2)));
        assertEquals(State.FAILING, state(ended(passed(0), failed(1)), started(2)));
    }

    @Test
    void isNotChangedByARunThatWasInterrupted() {
        assertEquals(State.HEALTHY, state(ended(passed(0), interrupted(1)), started(2)));
        assertEquals(State.FAILING, state(ended(failed(0), interrupted(1)), started(2)));
        assertEquals(State.HEALTHY, state(ended(passed(0)).runStarted(started(1)), started(2)), "nor by one that goes on");
    }

    /** The run ended at 14.2 s, and the next one is due five minutes later, or a minute after that at the latest. */
    @ParameterizedTest
    @CsvSource({
        "2026-11-22T00:00:14.200Z, HEALTHY", "2026-11-22T00:05:14Z, HEALTHY", "2026-11-22T00:06:14Z, HEALTHY",
        "2026-11-22T00:06:14.200Z, HEALTHY", "2026-11-22T00:06:14.201Z, STALE", "2026-11-22T00:06:15Z, STALE", "2027-11-22T00:00:00Z, STALE",
        "2026-11-22T00:00:00Z, HEALTHY", "2026-11-21T23:59:14.200Z, HEALTHY", "2026-11-21T23:59:14.199Z, STALE", "2026-11-21T23:59:14Z, STALE",
        "1970-01-01T00:00:00Z, STALE"})
    void isStaleIfNoRunStartsInTime(Instant now, State state) {
        assertEquals(state, state(ended(passed(0)), now));
        assertEquals(state == State.HEALTHY ? State.FAILING : state,
                state(ended(failedIn(Duration.ofMillis(14_200))), now));
    }

    /** The run began at 00:05:00, and may go on for 19m30s, or a minute more. */
    @ParameterizedTest
    @CsvSource({
        "2026-11-22T00:05:00Z, HEALTHY", "2026-11-22T00:11:01Z, HEALTHY", "2026-11-22T00:25:30Z, HEALTHY", "2026-11-22T00:25:31Z, STALE",
        "2026-11-22T00:04:00Z, HEALTHY", "2026-11-22T00:03:59Z, STALE"})
    void isStaleIfARunDoesNotEnd(Instant now, State state) {
        assertEquals(state, state(ended(passed(0)).runStarted(started(1)), now));
    }

    @Test
    void isSeenByARunThatWasInterruptedToo() {
        History history = ended(passed(0), interrupted(1));
        assertEquals(State.HEALTHY, state(history, Instant.parse("2026-11-22T00:11:05Z")));
        assertEquals(State.STALE, state(history, Instant.parse("2026-11-22T00:11:06Z")));
    }

    @Test
    void goesByTheIntervalOfTheDaemonThatWroteIt() {
        History history = ended(passed(0)).continued(Duration.ofHours(1), Duration.ofHours(2), started(0).plusSeconds(14));
        assertEquals(State.HEALTHY, state(history, Instant.parse("2026-11-22T01:01:14Z")));
        assertEquals(State.STALE, state(history, Instant.parse("2026-11-22T01:01:15Z")));
        assertEquals(State.HEALTHY, state(history.runStarted(started(0)), Instant.parse("2026-11-22T02:01:00Z")));
        assertEquals(State.STALE, state(history.runStarted(started(0)), Instant.parse("2026-11-22T02:01:01Z")));
    }

    /** Whether a run is overdue does not depend on a verdict. */
    @Test
    void isOverdueIfTheFirstRunDoesNotStartOrEnd() {
        assertFalse(new Status(empty(), started(0).plusSeconds(360)).isOverdue());
        assertTrue(new Status(empty(), started(0).plusSeconds(361)).isOverdue());
        History running = empty().runStarted(started(1));
        assertFalse(new Status(running, started(1).plusSeconds(1230)).isOverdue());
        assertTrue(new Status(running, started(1).plusSeconds(1231)).isOverdue());
        assertTrue(new Status(running, started(1).minusSeconds(61)).isOverdue(), "the clock was set back");
    }

    /** A daemon that starts after a long pause is not late before its first run. */
    @Test
    void isNotOverdueWhenADaemonStarts() {
        History history = ended(failed(0)).continued(HistoryTest.INTERVAL, HistoryTest.LONGEST_RUN, started(50));
        assertEquals(State.FAILING, state(history, started(50)));
        assertEquals(State.STALE, state(history, started(50).plusSeconds(361)));
    }

    @Test
    void hasAnExitStatusForEachState() {
        assertEquals(0, new Status(ended(passed(0)), started(1)).exitStatus(null));
        assertEquals(1, new Status(ended(failed(0)), started(1)).exitStatus(null));
        assertEquals(3, new Status(ended(passed(0)), started(9)).exitStatus(null));
        assertEquals(3, new Status(empty(), started(0)).exitStatus(null));
        assertEquals("[healthy, failing, stale, unknown]", List.of(State.values()).toString());
    }

    @Test
    void spreadsRunsThatPassedAndStepsThatWentWell() {
        Status status = new Status(ended(failed(0), passed(1), interrupted(2)), started(3));
        Duration connect = Duration.ofMillis(2);
        Duration list = Duration.ofMillis(3);
        assertEquals(DurationStats.of(Stream.of(Duration.ofMillis(14_200))), status.runs());
        assertEquals(DurationStats.of(Stream.of(connect, connect, connect)), status.step(Step.CONNECT));
        assertEquals(DurationStats.of(Stream.of(list, list)), status.step(Step.LIST));
        assertEquals(1, status.step(Step.WAIT).count());
        assertNull(status.step(Step.DEPLOY));
    }

    @Test
    void hasNoDurationsIfNoRunPassed() {
        Status status = new Status(ended(failed(0)), started(1));
        assertNull(status.runs());
        assertNull(status.step(Step.MOUNT));
        assertNull(new Status(empty(), started(1)).step(Step.CONNECT));
    }

    @Test
    void countsTheRunsThatAreRemembered() {
        History history = HistoryTest.of(150, number -> number < 60 ? failed(number) : number < 75 ? interrupted(number) : passed(number));
        assertEquals(10, history.count(HistoryEntry.Result.FAILED));
        assertEquals(15, history.count(HistoryEntry.Result.INTERRUPTED));
        assertEquals(75, history.count(HistoryEntry.Result.PASSED));
    }

    private static HistoryEntry failedIn(Duration took) {
        HistoryEntry run = failed(0);
        return new HistoryEntry(run.id(), run.scenario(), run.started(), took, run.result(), run.failure(), run.steps(), "", "", "");
    }

    private static State state(History history, Instant now) {
        return new Status(history, now).state();
    }

    @Test
    void isJudgedByTheLastRunOfEachScenario() {
        List<Scenario> both = List.of(Scenario.BOOT, Scenario.NETWORK);
        HistoryEntry down = ScenarioMetricsTest.of(Scenario.NETWORK, HistoryTest.failed(2, Step.NETWORK, Cause.NO_DATA, "words"));
        History history = HistoryTest.empty();
        String[] states = {"healthy", "failing", "failing", "healthy", "healthy"};
        List<HistoryEntry> runs = List.of(HistoryTest.passed(1), down, HistoryTest.passed(3),
                ScenarioMetricsTest.of(Scenario.NETWORK, HistoryTest.passed(4)), HistoryTest.passed(5));
        for (int i = 0; i < runs.size(); i++) {
            history = history.runEnded(runs.get(i), both, runs.get(i).ended());
            assertEquals(states[i], new Status(history, runs.get(i).ended()).state().toString(), "after run " + i);
        }
        assertEquals(2, history.streak().runs());
        // It is not tested any more.
        history = HistoryTest.empty().runEnded(down, both, down.ended()).runEnded(HistoryTest.passed(3), List.of(Scenario.BOOT), down.ended());
        assertEquals("healthy", new Status(history, HistoryTest.passed(3).ended()).state().toString());
    }
}
