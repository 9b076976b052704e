package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static vmtestd.status.HistoryTest.empty;
import static vmtestd.status.HistoryTest.failed;
import static vmtestd.status.HistoryTest.ids;
import static vmtestd.status.HistoryTest.interrupted;
import static vmtestd.status.HistoryTest.passed;
import static vmtestd.status.HistoryTest.started;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import vmtestd.report.HistoryEntry;
import vmtestd.run.Step;

class StatusJsonTest {
    private static final List<String> NAMES = List.of("state", "time", "interval", "running_since", "streak", "last_run",
            "success_rate", "passed", "failed", "interrupted", "run_duration", "step_duration", "runs", "failures", "damaged_lines");

    @Test
    void hasAllItsNamesInTheirOrder() {
        assertEquals(NAMES, names(json(empty())));
        assertEquals(NAMES, names(json(full())));
    }

    @Test
    void isNullWhereNothingIsKnown() {
        Map<?, ?> json = json(empty());
        for (String name : List.of("running_since", "streak", "last_run", "success_rate", "run_duration")) {
            assertNull(json.get(name), name);
        }
        assertEquals("unknown", json.get("state"));
        assertEquals("2026-11-22T05:00:00Z", json.get("time"));
        assertEquals(300.0, json.get("interval"));
        for (String name : List.of("passed", "failed", "interrupted", "damaged_lines")) {
            assertEquals(0.0, json.get(name), name);
        }
        assertEquals(Map.of(), json.get("step_duration"));
        assertEquals(List.of(), json.get("runs"));
        assertEquals(List.of(), json.get("failures"));
    }

    @Test
    void hasNoRateWhereAllRunsWereInterrupted() {
        Map<?, ?> json = json(empty().runEnded(interrupted(0)));
        assertNull(json.get("success_rate"));
        assertNull(json.get("streak"));
        assertNull(json.get("run_duration"));
        assertEquals(1.0, json.get("interrupted"));
        assertEquals("interrupted", ((Map<?, ?>) json.get("last_run")).get("result"));
    }

    @Test
    void tellsWhatIsKnown() {
        Map<?, ?> json = json(empty().runEnded(passed(55)).runEnded(passed(56)).runEnded(interrupted(57)).runEnded(failed(58))
                .runStarted(started(59)));
        assertEquals("failing", json.get("state"));
        assertEquals("2026-11-22T04:55:00Z", json.get("running_since"));
        assertEquals(Map.of("result", "failed", "runs", 1.0, "since", "2026-11-22T04:50:00Z"), json.get("streak"));
        assertEquals(2.0 / 3, json.get("success_rate"));
        assertEquals(2.0, json.get("passed"));
        assertEquals(1.0, json.get("failed"));
        assertEquals(1.0, json.get("interrupted"));
        assertEquals(Map.of("count", 2.0, "min", 14.2, "median", 14.2, "p95", 14.2, "max", 14.2), json.get("run_duration"));
        assertEquals(List.of("count", "min", "median", "p95", "max"), names(json.get("run_duration")));
        assertEquals(List.of("connect", "list", "mount", "wait"), names(json.get("step_duration")));
        assertEquals(Map.of("count", 4.0, "min", 0.002, "median", 0.002, "p95", 0.002, "max", 0.002),
                ((Map<?, ?>) json.get("step_duration")).get("connect"));
    }

    @Test
    void hasARateOfZeroWhereAllRunsFailed() {
        assertEquals(0.0, json(empty().runEnded(failed(0)).runEnded(failed(1))).get("success_rate"));
    }

    @Test
    void tellsHowDurationsAreSpread() {
        History history = empty();
        for (int number = 0; number < 40; number++) {
            HistoryEntry run = passed(number);
            history = history.runEnded(new HistoryEntry(run.id(), run.started(), Duration.ofSeconds(number + 1), run.result(), null,
                    Map.of(Step.LIST, Duration.ofMillis(number)), "", ""));
        }
        Map<?, ?> json = json(history);
        assertEquals(Map.of("count", 40.0, "min", 1.0, "median", 20.5, "p95", 38.0, "max", 40.0), json.get("run_duration"));
        assertEquals(Map.of("list", Map.of("count", 40.0, "min", 0.0, "median", 0.019, "p95", 0.037, "max", 0.039)), json.get("step_duration"));
    }

    @Test
    void tellsARunAsTheHistoryDoes() {
        Map<?, ?> json = json(empty().runEnded(passed(57)).runEnded(failed(58)));
        Map<?, ?> passed = (Map<?, ?>) ((List<?>) json.get("runs")).get(0);
        assertEquals(List.of("id", "started", "took", "result", "steps"), names(passed));
        assertEquals(passed(57), HistoryEntry.from(passed));

        Map<?, ?> failed = (Map<?, ?>) json.get("last_run");
        assertEquals(List.of("id", "started", "took", "result", "step", "cause", "detail", "steps"), names(failed));
        assertEquals(failed(58), HistoryEntry.from(failed));
        assertEquals(List.of(passed, failed), json.get("runs"));
        assertEquals(List.of(failed), json.get("failures"));
    }

    @Test
    void hasTheOldestRunsAndFailuresFirst() {
        Map<?, ?> json = json(full());
        assertEquals(ids(50, 149), ids(records(json.get("runs"))));
        assertEquals(ids(0, 19), ids(records(json.get("failures"))));
        assertEquals(1.0, json.get("success_rate"));
        assertEquals(100.0, json.get("passed"));
    }

    @Test
    void countsDamagedLines() {
        History history = full();
        assertEquals(7.0, json(new History(history.interval(), history.maxRunDuration(), null, history.streak(), history.runs(),
                history.failures(), 7)).get("damaged_lines"));
    }

    @Test
    void isOnOneLine() {
        assertFalse(StatusJson.of(Status.of(full(), started(60))).contains("\n"));
    }

    private static History full() {
        return HistoryTest.of(150, number -> number < 20 ? failed(number) : passed(number));
    }

    private static Map<?, ?> json(History history) {
        return (Map<?, ?>) JsonReader.parse(StatusJson.of(Status.of(history, started(60))));
    }

    private static List<HistoryEntry> records(Object runs) {
        return ((List<?>) runs).stream().map(run -> HistoryEntry.from((Map<?, ?>) run)).toList();
    }

    private static List<?> names(Object object) {
        return new ArrayList<>(((Map<?, ?>) object).keySet());
    }
}
