package vmtestd.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Journal;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;
import vmtestd.run.Failure;
import vmtestd.status.HistoryTest;
import vmtestd.status.JsonReader;

class HistoryEntryTest {
    private static final String ID = "test-vm-1763832962";
    private static final Instant STARTED = Instant.parse("2026-11-22T17:36:02Z");
    private static final String GOOD = "{\"id\":\"test-vm-1763832962\",\"started\":\"2026-11-22T17:36:02Z\",\"took\":1.3,"
            + "\"result\":\"failed\",\"step\":\"deploy\",\"cause\":\"remote-error\",\"detail\":\"no space\",\"steps\":{\"connect\":0.002,\"list\":0.003}}";

    @Test
    void keepsWhatARunThatPassedTook() {
        HistoryEntry run = HistoryEntry.of(report(null, done(Step.LIST, 3), done(Step.CONNECT, 2)));
        assertEquals(new HistoryEntry(ID, STARTED, Duration.ofMillis(14_200), Result.PASSED, null,
                Map.of(Step.CONNECT, Duration.ofMillis(2), Step.LIST, Duration.ofMillis(3)), "guest", "console"), run);
        assertEquals(List.of(Step.CONNECT, Step.LIST), new ArrayList<>(run.steps().keySet()), "in the order of steps");
        assertFalse(run.failed());
    }

    @Test
    void leavesStepsOutThatFailed() {
        Failure failure = new Failure(Step.DEPLOY, Cause.VM_DIED, "it is dead");
        Failure second = new Failure(Step.DELETE, Cause.LEAK, "still there");
        HistoryEntry run = HistoryEntry.of(report(failure, done(Step.CONNECT, 2), new StepResult(Step.DEPLOY, Duration.ofSeconds(1), "", failure),
                new StepResult(Step.DELETE, Duration.ofSeconds(2), "a note", second), done(Step.UNMOUNT, 5)));
        assertEquals(Map.of(Step.CONNECT, Duration.ofMillis(2), Step.UNMOUNT, Duration.ofMillis(5)), run.steps());
        assertEquals(Result.FAILED, run.result());
        assertEquals(failure, run.failure());
        assertTrue(run.failed());
    }

    @ParameterizedTest
    @CsvSource({
        "UNREACHABLE, FAILED", "TIMEOUT, FAILED", "REMOTE_ERROR, FAILED", "PROTOCOL_ERROR, FAILED", "BAD_FLIST, FAILED", "VM_DIED, FAILED",
        "LEAK, FAILED", "LOCAL_ERROR, FAILED", "INTERRUPTED, INTERRUPTED"})
    void tellsARunThatWasToldToStopFromOneThatFailed(Cause cause, Result result) {
        HistoryEntry run = HistoryEntry.of(report(new Failure(Step.WAIT, cause, "words")));
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
        HistoryEntry run = HistoryEntry.of(report(null));
        assertEquals(STARTED, run.started(), "to the second");
        assertEquals(STARTED.plusMillis(14_200), run.ended());
    }

    @Test
    void isReadAsItIsWritten() {
        for (HistoryEntry run : List.of(HistoryTest.passed(1), HistoryTest.failed(2), HistoryTest.interrupted(3),
                HistoryEntry.of(report(null)), read(GOOD))) {
            assertEquals(run, read(written(run)));
        }
        assertEquals(GOOD, written(read(GOOD)));
    }

    @Test
    void isReadAsItIsWrittenForEachStepAndCause() {
        for (Step step : Step.values()) {
            for (Cause cause : Cause.values()) {
                HistoryEntry run = HistoryEntry.of(report(new Failure(step, cause, "words"), done(step, 7)));
                assertEquals(run, read(written(run)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {490, 494, 495, 498, 500, 501, 2000})
    void isReadAsItIsWrittenWhereItsDetailWasCut(int length) {
        HistoryEntry run = HistoryEntry.of(report(new Failure(Step.MOUNT, Cause.TIMEOUT, "x".repeat(length) + "yyyyyyyyyyy")));
        assertEquals(run, read(written(run)));
    }

    @ParameterizedTest
    @ValueSource(ints = {494, 495, 496, 497, 498, 499, 500})
    void isReadAsItIsWrittenWhereItsDetailWasCutBeforeAnEscape(int length) {
        HistoryEntry run = HistoryEntry.of(report(new Failure(Step.MOUNT, Cause.TIMEOUT, "x".repeat(length) + "\u001byyyyyyyyyyy")));
        assertEquals(run, read(written(run)));
    }

    @Test
    void doesNotBelieveThatAFileHasTextOnOneLineAndShort() {
        HistoryEntry run = read(GOOD.replace("no space", "a\\nb\\u001b" + "x".repeat(600)).replace(ID, "x\\r".repeat(300)));
        assertEquals("a\\nb\\u001b" + "x".repeat(493) + "...", run.failure().detail());
        assertEquals("x\\r".repeat(166) + "x...", run.id());
    }

    @Test
    void overlooksFieldsThatItDoesNotKnow() {
        assertEquals(read(GOOD), read(GOOD.replace("{\"id\"", "{\"kind\":\"run\",\"later\":[1],\"id\"")));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "->", textBlock = """
            "id":"test-vm-1763832962"        -> "ib":1                           -> no string: null
            "id":"test-vm-1763832962"        -> "id":7                           -> no string: 7.0
            "started":"2026-11-22T17:36:02Z" -> "x":1                            -> no string: null
            "started":"2026-11-22T17:36:02Z" -> "started":1763832962             -> no string: 1.763832962E9
            "started":"2026-11-22T17:36:02Z" -> "started":"2026-11-22 17:36:02"  -> no time: 2026-11-22 17:36:02
            "started":"2026-11-22T17:36:02Z" -> "started":"2026-11-31T17:36:02Z" -> no time: 2026-11-31T17:36:02Z
            "took":1.3                       -> "x":1                            -> no duration in seconds: null
            "took":1.3                       -> "took":"1.3"                     -> no duration in seconds: 1.3
            "took":1.3                       -> "took":-0.001                    -> no duration in seconds: -0.001
            "took":1.3                       -> "took":1e9                       -> no duration in seconds: 1.0E9
            "took":1.3                       -> "took":1e999                     -> no duration in seconds: Infinity
            "result":"failed"                -> "x":1                            -> unknown word null
            "result":"failed"                -> "result":"FAILED"                -> unknown word FAILED
            "result":"failed"                -> "result":true                    -> unknown word true
            "step":"deploy"                  -> "x":1                            -> unknown word null
            "step":"deploy"                  -> "step":"boots"                    -> unknown word boots
            "cause":"remote-error"           -> "x":1                            -> unknown word null
            "cause":"remote-error"           -> "cause":"remote_error"           -> unknown word remote_error
            "detail":"no space"              -> "x":1                            -> no string: null
            "detail":"no space"              -> "detail":{}                      -> no string: {}
            "connect":0.002,"list":0.003}    -> "boots":1}                        -> unknown word boots
            "connect":0.002,"list":0.003}    -> "connect":-1}                    -> no duration in seconds: -1.0
            "connect":0.002,"list":0.003}    -> "connect":null}                  -> no duration in seconds: null
            "steps":{"connect":0.002,"list":0.003} -> "steps":[]                 -> no steps
            "steps":{"connect":0.002,"list":0.003} -> "x":1                      -> no steps
            """)
    void isNotReadWithABrokenField(String field, String broken, String sentence) {
        assertTrue(GOOD.contains(field));
        assertEquals(sentence, assertThrows(IllegalArgumentException.class, () -> read(GOOD.replace(field, broken))).getMessage());
    }

    @Test
    void needsNoFailureWhereItPassed() {
        HistoryEntry run = read("{\"id\":\"a\",\"started\":\"2026-11-22T17:36:02Z\",\"took\":0,\"result\":\"passed\",\"steps\":{}}");
        assertNull(run.failure());
        assertEquals("unknown word null", assertThrows(IllegalArgumentException.class, () -> read(
                "{\"id\":\"a\",\"started\":\"2026-11-22T17:36:02Z\",\"took\":0,\"result\":\"interrupted\",\"steps\":{}}")).getMessage());
    }

    @Test
    void readsEachMillisecondAsItIsWritten() {
        for (int millis = 0; millis < 5000; millis++) {
            Duration span = Duration.ofMillis(millis);
            assertEquals(span, HistoryEntry.span(JsonReader.parse(new JsonWriter().value(span).toString())));
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "7, 7", "2147483647, 2147483647"})
    void readsCounts(double number, long count) {
        assertEquals(count, HistoryEntry.count(number));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, 0.5, 2147483648.0, Double.NaN, Double.POSITIVE_INFINITY})
    void takesNothingElseForACount(double number) {
        assertEquals("no count: " + number, assertThrows(IllegalArgumentException.class, () -> HistoryEntry.count(number)).getMessage());
    }

    private static String detail(String detail) {
        return HistoryEntry.of(report(new Failure(Step.MOUNT, Cause.TIMEOUT, detail))).failure().detail();
    }

    private static RunReport report(Failure failure, StepResult... steps) {
        return new RunReport(ID, STARTED.plusNanos(999_999_999), Duration.ofMillis(14_200), failure, List.of(steps), null, "guest", "console",
                Map.of(Journal.Kind.VM, 1), List.of());
    }

    private static StepResult done(Step step, long millis) {
        return new StepResult(step, Duration.ofMillis(millis), "a note", null);
    }

    private static String written(HistoryEntry run) {
        JsonWriter json = new JsonWriter().beginObject();
        run.writeTo(json);
        return json.endObject().toString();
    }

    private static HistoryEntry read(String json) {
        return HistoryEntry.from((Map<?, ?>) JsonReader.parse(json));
    }
}
