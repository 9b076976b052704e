package vmtestd.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.run.Failure;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;
import vmtestd.status.HistoryTest;

class HistoryEntryTest {
    private static final String ID = "test-vm-1763832962";
    private static final Instant STARTED = Instant.parse("2026-11-22T17:36:02Z");

    @Test
    void keepsWhatARunThatPassedTook() {
        HistoryEntry run = HistoryEntry.of(report(null, done(Step.LIST, 3), done(Step.CONNECT, 2)), "");
        assertEquals(new HistoryEntry(ID, Scenario.BOOT, STARTED, Duration.ofMillis(14_200), Result.PASSED, null,
                Map.of(Step.CONNECT, Duration.ofMillis(2), Step.LIST, Duration.ofMillis(3)), "guest", "console", ""), run);
        assertEquals(List.of(Step.CONNECT, Step.LIST), new ArrayList<>(run.steps().keySet()), "in the order of steps");
        assertFalse(run.failed());
    }

    @Test
    void leavesStepsOutThatFailed() {
        Failure failure = new Failure(Step.DEPLOY, Cause.VM_DIED, "it is dead");
        Failure second = new Failure(Step.DELETE, Cause.LEAK, "still there");
        HistoryEntry run = HistoryEntry.of(report(failure, done(Step.CONNECT, 2), new StepResult(Step.DEPLOY, Duration.ofSeconds(1), "", failure),
                new StepResult(Step.DELETE, Duration.ofSeconds(2), "a note", second), done(Step.UNMOUNT, 5)), "");
        assertEquals(Map.of(Step.CONNECT, Duration.ofMillis(2), Step.UNMOUNT, Duration.ofMillis(5)), run.steps());
        assertEquals(Result.FAILED, run.result());
        assertEquals(failure, run.failure());
        assertTrue(run.failed());
    }

    @ParameterizedTest
    @CsvSource({
        "UNREACHABLE, FAILED", "TIMEOUT, FAILED", "REMOTE_ERROR, FAILED", "PROTOCOL_ERROR, FAILED", "BAD_FLIST, FAILED", "VM_DIED, FAILED",
        "LEAK, FAILED", "LOCAL_ERROR, FAILED", "INTERRUPTED, INTERRUPTED"})
    void distinguishesAnInterruptedRunFromAFailedOne(Cause cause, Result result) {
        HistoryEntry run = HistoryEntry.of(report(new Failure(Step.WAIT, cause, "words")), "");
        assertEquals(result, run.result());
        assertEquals(new Failure(Step.WAIT, cause, "words"), run.failure());
        assertEquals(result == Result.FAILED, run.failed());
    }

    @Test
    void keepsADetailOnOneLine() {
        assertEquals("a\\nb\\u001b[2J\\u2028c", detail("a\nb\u001b[2J\u2028c"));
    }

    @Test
    void cutsADetail() {
        assertEquals("x".repeat(500), detail("x".repeat(500)));
        assertEquals("x".repeat(500) + "...", detail("x".repeat(501)));
        assertEquals("x".repeat(500) + "...", detail("x".repeat(1_000_000)));
        assertEquals("\\n".repeat(250) + "...", detail("\n".repeat(251)));
    }

    @Test
    void endsWhenItsTimeIsOver() {
        HistoryEntry run = HistoryEntry.of(report(null), "");
        assertEquals(STARTED, run.started(), "to the second");
        assertEquals(STARTED.plusMillis(14_200), run.ended());
    }

    /** Whatever a console holds, it is kept in lines that are safe for a terminal, and cut at its start. */
    @Test
    void keepsTheEndsOfConsoles() {
        HistoryEntry run = HistoryTest.passed(1);
        run = new HistoryEntry(run.id(), run.scenario(), run.started(), run.took(), run.result(), null, run.steps(), "a\r\nb\u001b[2J\n", "x".repeat(10) + "\n" + ("y".repeat(63) + "\n").repeat(64), "");
        assertEquals("a\nb\\u001b[2J", run.guest());
        assertEquals(("y".repeat(63) + "\n").repeat(64).substring(0, 4095), run.console().substring(1));
        assertEquals("", run.withoutTexts().guest() + run.withoutTexts().console());
    }

    @Test
    void isWrittenAsJson() {
        String json = Json.of(new HistoryEntry(ID, Scenario.BOOT, STARTED, Duration.ofMillis(1300), Result.FAILED, new Failure(Step.DEPLOY, Cause.REMOTE_ERROR, "no space"),
                new EnumMap<>(Map.of(Step.CONNECT, Duration.ofMillis(2), Step.LIST, Duration.ofMillis(3))), "a\nb", "", "").toJson());
        assertEquals("{\"id\":\"test-vm-1763832962\",\"scenario\":\"boot\",\"started\":\"2026-11-22T17:36:02Z\",\"took\":1.3,"
                + "\"result\":\"failed\",\"step\":\"deploy\",\"cause\":\"remote-error\",\"detail\":\"no space\","
                + "\"steps\":{\"connect\":0.002,\"list\":0.003},\"guest\":\"a\\u000ab\"}", json);
    }

    private static String detail(String detail) {
        return HistoryEntry.of(report(new Failure(Step.MOUNT, Cause.TIMEOUT, detail)), "").failure().detail();
    }

    private static RunReport report(Failure failure, StepResult... steps) {
        return new RunReport(ID, Scenario.BOOT, STARTED.plusNanos(999_999_999), Duration.ofMillis(14_200), failure, List.of(steps), null, "guest", "console",
                Map.of(Journal.Kind.VM, 1), List.of());
    }

    private static StepResult done(Step step, long millis) {
        return new StepResult(step, Duration.ofMillis(millis), "a note", null);
    }
}
