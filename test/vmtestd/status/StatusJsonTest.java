package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static vmtestd.status.HistoryTest.empty;
import static vmtestd.status.HistoryTest.ended;
import static vmtestd.status.HistoryTest.failed;
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
            "success_rate", "passed", "failed", "interrupted", "run_duration", "step_duration", "scenarios", "runs", "failures", "days", "damaged_lines");

    @Test
    void hasAllItsNamesInTheirOrder() {
        assertEquals(NAMES, names(json(empty())));
        assertEquals(NAMES, names(json(full())));
    }

    @Test
    void isNullIfNothingIsKnown() {
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
    void hasNoRateIfAllRunsWereInterrupted() {
        Map<?, ?> json = json(ended(interrupted(0)));
        assertNull(json.get("success_rate"));
        assertNull(json.get("streak"));
        assertNull(json.get("run_duration"));
        assertEquals(1.0, json.get("interrupted"));
        assertEquals("interrupted", ((Map<?, ?>) json.get("last_run")).get("result"));
    }

    @Test
    void containsWhatIsKnown() {
        Map<?, ?> json = json(ended(passed(55), passed(56), interrupted(57), failed(58))
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
    void hasARateOfZeroIfAllRunsFailed() {
        assertEquals(0.0, json(ended(failed(0), failed(1))).get("success_rate"));
    }

    @Test
    void containsTheStatisticsOfDurations() {
        History history = empty();
        for (int number = 0; number < 40; number++) {
            HistoryEntry run = passed(number);
            history = ended(history, new HistoryEntry(run.id(), run.scenario(), run.started(), Duration.ofSeconds(number + 1), run.result(), null,
                    Map.of(Step.LIST, Duration.ofMillis(number)), "", "", ""));
        }
        Map<?, ?> json = json(history);
        assertEquals(Map.of("count", 40.0, "min", 1.0, "median", 20.5, "p95", 38.0, "max", 40.0), json.get("run_duration"));
        assertEquals(Map.of("list", Map.of("count", 40.0, "min", 0.0, "median", 0.019, "p95", 0.037, "max", 0.039)), json.get("step_duration"));
    }

    @Test
    void containsARunAsInTheHistory() {
        Map<?, ?> json = json(ended(passed(57), failed(58)));
        Map<?, ?> passed = (Map<?, ?>) ((List<?>) json.get("runs")).get(0);
        assertEquals(List.of("id", "scenario", "started", "took", "result", "steps"), names(passed));
        assertEquals(passed(57).id(), passed.get("id"));
        assertEquals(14.2, passed.get("took"));
        assertEquals(Map.of("connect", 0.002, "list", 0.003, "mount", 1.1, "wait", 10.0), passed.get("steps"));

        Map<?, ?> failed = (Map<?, ?>) json.get("last_run");
        assertEquals(List.of("id", "scenario", "started", "took", "result", "step", "cause", "detail", "steps"), names(failed));
        assertEquals("2026-11-22T04:50:00Z", failed.get("started"));
        assertEquals("remote-error", failed.get("cause"));
        assertEquals(List.of(passed, failed), json.get("runs"));
        assertEquals(List.of(failed), json.get("failures"));
    }

    @Test
    void hasTheOldestRunsAndFailuresFirst() {
        Map<?, ?> json = json(full());
        assertEquals(HistoryTest.ids(50, 149), ids(json.get("runs")));
        assertEquals(HistoryTest.ids(0, 19), ids(json.get("failures")));
        assertEquals(1.0, json.get("success_rate"));
        assertEquals(100.0, json.get("passed"));
    }

    @Test
    void isOnOneLine() {
        assertEquals(1, new Status(full(), started(60)).json(null).lines().count());
    }

    private static History full() {
        return HistoryTest.of(150, number -> number < 20 ? failed(number) : passed(number));
    }

    private static Map<?, ?> json(History history) {
        return (Map<?, ?>) JsonReader.parse(new Status(history, started(60)).json(null));
    }

    private static List<Object> ids(Object runs) {
        return ((List<?>) runs).stream().<Object>map(run -> ((Map<?, ?>) run).get("id")).toList();
    }

    private static List<?> names(Object object) {
        return new ArrayList<>(((Map<?, ?>) object).keySet());
    }
}
