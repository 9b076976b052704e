package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static vmtestd.status.HistoryTest.failed;
import static vmtestd.status.HistoryTest.interrupted;
import static vmtestd.status.HistoryTest.passed;
import static vmtestd.status.MetricsTest.figures;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.cleanup.Journal.Kind;

/** Figures go on over a restart, as far as they can be read. */
class MetricsResumeTest {
    /** Those that are the process's own. */
    private static final String OWN = "process_.*|vmtestd_build_info.*|vmtestd_interval_seconds|vmtestd_run_in_progress";
    /** Those that go on. */
    private static final int LASTING = 13;

    private static final Instant STARTED = Instant.parse("2026-11-22T17:36:02.5Z");

    private final Metrics old = new Metrics("1.2.3", Duration.ofMinutes(5), STARTED);
    private final Metrics metrics = new Metrics("2.0.0", Duration.ofMinutes(1), STARTED);

    @BeforeEach
    void run() {
        for (int number = 0; number < 60; number += 3) {
            old.runEnded(passed(number), Map.of(Kind.MOUNT, 1, Kind.VM, 0));
            old.runEnded(failed(number + 1), Map.of(Kind.MOUNT, 0, Kind.VM, 2));
            old.runEnded(failed(number + 2), Map.of(Kind.MOUNT, 0, Kind.VM, 2));
        }
        old.runEnded(interrupted(60), Map.of(Kind.MOUNT, 1, Kind.VM, 2));
        old.leftoverRemoved(Kind.VM);
        old.runsSkipped(4);
        old.callEnded(MetricsTest.call("vmd", MetricsTest.TIMEOUT));
        old.runStarted();
    }

    @Test
    void goesOnWithAllButTheProcessesOwn() {
        Map<String, String> expected = figures(old);
        Map<String, String> fresh = figures(metrics);
        assertEquals(0, metrics.resume(old.text()));
        Map<String, String> resumed = figures(metrics);
        assertEquals("1", resumed.get("vmtestd_build_info{version=\"2.0.0\"}"));
        assertEquals("60", resumed.get("vmtestd_interval_seconds"));
        assertEquals("0", resumed.get("vmtestd_run_in_progress"));
        assertEquals(fresh.get("process_start_time_seconds"), resumed.get("process_start_time_seconds"));
        expected.keySet().removeIf(series -> series.matches(OWN));
        resumed.keySet().removeIf(series -> series.matches(OWN));
        assertEquals(expected, resumed);
    }

    @Test
    void countsOn() {
        metrics.resume(old.text());
        metrics.runEnded(failed(61), Map.of());
        assertEquals("3", figures(metrics).get("vmtestd_consecutive_failures"));
        assertEquals("41", figures(metrics).get("vmtestd_runs_total{result=\"failed\"}"));
        metrics.runEnded(passed(62), Map.of());
        assertEquals("0", figures(metrics).get("vmtestd_consecutive_failures"));
        assertEquals("21", figures(metrics).get("vmtestd_run_duration_seconds_count"));
    }

    @Test
    void goesOnBeforeTheFirstVerdictToo() {
        assertEquals(0, metrics.resume(new Metrics("1.2.3", Duration.ofMinutes(5), STARTED).text()));
        assertEquals("NaN", figures(metrics).get("vmtestd_last_run_success"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n", "garbage", " ", "  1", "vmtestd_skipped_runs_total", "vmtestd_skipped_runs_total ",
        "vmtestd_skipped_runs_total x", "vmtestd_skipped_runs_total -1", "vmtestd_skipped_runs_total NaN", "vmtestd_skipped_runs_total 1e999",
        "#vmtestd_skipped_runs_total 1", "\0\u0001\ufffd\ufffd 1", "other 1"})
    void beginsAtZeroFromGarbage(String text) {
        Map<String, String> fresh = figures(metrics);
        assertEquals(LASTING, metrics.resume(text));
        Map<String, String> resumed = figures(metrics);
        fresh.remove("process_resident_memory_bytes");
        resumed.remove("process_resident_memory_bytes");
        assertEquals(fresh, resumed);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "->", textBlock = """
            vmtestd_runs_total{result="interrupted"}                             -> vmtestd_runs_total
            vmtestd_failures_total{step="unmount",cause="leak"}                  -> vmtestd_failures_total
            vmtestd_skipped_runs_total                                           -> vmtestd_skipped_runs_total
            vmtestd_last_run_timestamp_seconds                                   -> vmtestd_last_run_timestamp_seconds
            vmtestd_last_success_timestamp_seconds                               -> vmtestd_last_success_timestamp_seconds
            vmtestd_consecutive_failures                                         -> vmtestd_consecutive_failures
            vmtestd_leftovers{kind="vm"}                                         -> vmtestd_leftovers{
            vmtestd_leftovers_removed_total{kind="mount"}                        -> vmtestd_leftovers_removed_total
            vmtestd_zbus_timeouts_total{module="zui"}                            -> vmtestd_zbus_timeouts_total
            vmtestd_run_duration_seconds_bucket{le="+Inf"}                       -> vmtestd_run_duration_seconds
            vmtestd_run_duration_seconds_sum                                     -> vmtestd_run_duration_seconds
            vmtestd_step_duration_seconds_bucket{step="connect",le="0.25"}       -> vmtestd_step_duration_seconds
            vmtestd_step_duration_seconds_count{step="verify"}                   -> vmtestd_step_duration_seconds
            """)
    void beginsAMetricAtZeroOfWhichASeriesIsMissing(String series, String metric) {
        String text = old.text();
        assertTrue(text.contains("\n" + series + " "), series);
        assertEquals(1, metrics.resume(text.replace("\n" + series + " ", "\nx ")));
        Map<String, String> expected = figures(old);
        figures(metrics).forEach((name, figure) -> {
            if (name.startsWith(metric)) {
                assertEquals("0", figure, name);
            } else if (!name.matches(OWN)) {
                assertEquals(expected.get(name), figure, name);
            }
        });
    }

    @Test
    void doesNotKnowTheLastVerdictWhereThatIsMissing() {
        assertEquals(1, metrics.resume(old.text().replace("vmtestd_last_run_success ", "x ")));
        assertEquals("NaN", figures(metrics).get("vmtestd_last_run_success"));
    }

    @Test
    void countsFailuresInARowFromZeroWhereTheirNumberIsMissing() {
        metrics.resume(old.text().replace("vmtestd_consecutive_failures ", "x "));
        metrics.runEnded(failed(61), Map.of());
        assertEquals("1", figures(metrics).get("vmtestd_consecutive_failures"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "NaN", "Infinity", "-Infinity"})
    void countsFailuresInARowFromZeroWhereTheirNumberIsImpossible(String number) {
        String text = old.text().replaceFirst("(?m)^vmtestd_consecutive_failures .*", "vmtestd_consecutive_failures " + number);
        assertEquals(1, metrics.resume(text));
        assertEquals("0", figures(metrics).get("vmtestd_consecutive_failures"));
        metrics.runEnded(failed(61), Map.of());
        assertEquals("1", figures(metrics).get("vmtestd_consecutive_failures"));
        assertEquals("0", figures(metrics).get("vmtestd_last_run_success"), "the run has failed");
    }

    @Test
    void goesOnFromTextThatWasCutOff() {
        String text = old.text();
        for (int length = 0; length < text.length(); length += 997) {
            int lost = new Metrics("1", Duration.ofMinutes(1), STARTED).resume(text.substring(0, length));
            assertTrue(lost >= 0 && lost <= LASTING);
        }
        assertEquals(1, metrics.resume(text.substring(0, text.indexOf("# HELP vmtestd_step_duration"))), "all but the steps are there");
    }
}
