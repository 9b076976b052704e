package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static vmtestd.status.HistoryTest.failed;
import static vmtestd.status.HistoryTest.passed;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.run.Step;

/** The metrics of a node with several scenarios. */
class ScenarioMetricsTest {
    private static final HistoryEntry NO_NETWORK = of(Scenario.NETWORK, failed(2, Step.NETWORK, Cause.NO_DATA, "words"));

    private final Metrics metrics = new Metrics("1.2.3", Instant.EPOCH, List.of(Scenario.BOOT, Scenario.NETWORK, Scenario.BOOT));

    static HistoryEntry of(Scenario scenario, HistoryEntry run) {
        return new HistoryEntry(run.id(), scenario, run.started(), run.took(), run.result(), run.failure(), run.steps(), run.guest(), run.console(),
                run.calls());
    }

    private static void assertSamples(String text, String... samples) {
        for (String sample : samples) {
            assertTrue(text.contains("\nvmtestd_" + sample + "\n"), () -> sample + " in:\n" + text);
        }
    }

    @Test
    void countEachByItself() {
        metrics.runEnded(passed(1), Map.of());
        metrics.runEnded(NO_NETWORK, Map.of());
        String text = metrics.fileText(HistoryTest.empty());
        assertSamples(text, "runs_total{result=\"passed\",scenario=\"boot\"} 1", "runs_total{result=\"failed\",scenario=\"network\"} 1",
                "runs_total{result=\"passed\",scenario=\"network\"} 0", "failures_total{cause=\"no-data\"} 1",
                "step_failures_total{step=\"network\"} 1", "step_failures_total{step=\"tap\"} 0",
                "leftovers_removed_total{kind=\"tap\"} 0", "zbus_timeouts_total{module=\"network\"} 0");
        assertFalse(text.contains("storage") || text.contains("disk"), text);
    }

    @Test
    void failWhileAnyOfThemDoes() {
        History history = HistoryTest.empty();
        for (HistoryEntry run : List.of(passed(1), NO_NETWORK, passed(3))) {
            history = history.runEnded(run, List.of(Scenario.BOOT, Scenario.NETWORK), run.ended());
        }
        assertSamples(metrics.fileText(history), "last_run_success 0", "consecutive_failures 2",
                "last_failure_info{step=\"network\",cause=\"no-data\"} 1");
    }
}
