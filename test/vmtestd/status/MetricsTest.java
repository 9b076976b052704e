package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static vmtestd.status.HistoryTest.ended;
import static vmtestd.status.HistoryTest.failed;
import static vmtestd.status.HistoryTest.interrupted;
import static vmtestd.status.HistoryTest.passed;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Journal.Kind;
import vmtestd.cleanup.Scenario;
import vmtestd.redis.BrokerUrl;
import vmtestd.report.HistoryEntry;
import vmtestd.run.Step;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.CallListener;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusException;
import vmtestd.zbus.ZbusObject;

class MetricsTest {
    private static final Instant FIRST = Instant.parse("2026-11-22T00:00:00Z");

    private static final List<String> STEPS = List.of("connect", "list", "mount", "inspect", "deploy", "boot", "wait", "verify", "delete", "unmount");
    /** Those that are there only after a run has ended, the first of them only if it failed. */
    private static final List<String> OF_A_RUN = series("vmtestd_last_failure_info{step=\"unmount\",cause=\"leak\"}",
            "vmtestd_leftovers{kind=\"mount\"}", "vmtestd_leftovers{kind=\"vm\"}", "vmtestd_last_run_duration_seconds",
            labelled("vmtestd_last_step_duration_seconds", "step", STEPS));
    private static final List<String> SERIES = series("vmtestd_build_info{version=\"1.2.3\"}", "vmtestd_interval_seconds", "vmtestd_run_in_progress",
            labelled("vmtestd_runs_total", "result", List.of("passed\",scenario=\"boot", "failed\",scenario=\"boot", "interrupted\",scenario=\"boot")),
            labelled("vmtestd_failures_total", "cause", List.of("unreachable", "timeout", "remote-error", "protocol-error", "bad-flist", "no-boot",
                    "vm-died", "leak", "local-error")),
            labelled("vmtestd_step_failures_total", "step", STEPS),
            "vmtestd_skipped_runs_total", "vmtestd_last_run_success", "vmtestd_boot_observed", "vmtestd_last_run_timestamp_seconds",
            "vmtestd_last_success_timestamp_seconds", "vmtestd_consecutive_failures",
            labelled("vmtestd_leftovers", "kind", List.of("mount", "vm")),
            labelled("vmtestd_leftovers_removed_total", "kind", List.of("mount", "vm")),
            labelled("vmtestd_zbus_timeouts_total", "module", List.of("flist", "vmd", "zui")),
            "vmtestd_last_failure_info{step=\"unmount\",cause=\"leak\"}", "vmtestd_last_run_duration_seconds",
            labelled("vmtestd_last_step_duration_seconds", "step", STEPS),
            "process_start_time_seconds", "process_resident_memory_bytes", "vmtestd_time_seconds");

    private static List<String> labelled(String name, String label, List<String> values) {
        return values.stream().map(value -> name + "{" + label + "=\"" + value + "\"}").toList();
    }

    private static List<String> series(Object... names) {
        return Stream.of(names).flatMap(name -> name instanceof List<?> list ? list.stream() : Stream.of(name)).map(Object::toString).toList();
    }

    private static final String LABEL = "[a-z_]+=\"[a-z0-9.+I-]*(nf)?\"";
    private static final String SAMPLE = "[a-z_]+(\\{" + LABEL + "(," + LABEL + ")*\\})? (-?[0-9]+(\\.[0-9]+)?(E-?[0-9]+)?|NaN)";
    private static final Map<Kind, Integer> NOTHING_LEFT = new EnumMap<>(Map.of(Kind.MOUNT, 0, Kind.VM, 0));

    /** The ways in which a call can end, as a client tells of them that has no time left, or no broker. */
    static final ZbusException TIMEOUT = failure(Duration.ZERO);
    private static final ZbusException TRANSPORT = failure(Duration.ofMinutes(1));

    private final Metrics metrics = new Metrics("1.2.3", Instant.parse("2026-11-22T17:36:02.5Z"), List.of(Scenario.BOOT));
    private History history = HistoryTest.empty();

    @Test
    void hasMostSeriesFromTheStart() {
        List<String> expected = new ArrayList<>(SERIES);
        expected.removeAll(OF_A_RUN);
        assertEquals(expected, new ArrayList<>(figures().keySet()));
    }

    @Test
    void hasNoMoreSeriesThanThese() {
        for (int number = 0; number < 30; number += 3) {
            end(passed(number), NOTHING_LEFT);
            end(interrupted(number + 1), Map.of());
            for (Cause cause : Cause.values()) {
                if (cause != Cause.INTERRUPTED && cause != Cause.NO_DATA) {
                    end(failed(number + 2, PastRuns.STEPS.get(number % PastRuns.STEPS.size()), cause, "words"), Map.of(Kind.VM, 3));
                }
            }
        }
        HistoryEntry complete = failed(300, Step.UNMOUNT, Cause.LEAK, "words");
        Map<Step, Duration> steps = new EnumMap<>(Step.class);
        PastRuns.STEPS.forEach(step -> steps.put(step, Duration.ofMillis(7)));
        end(new HistoryEntry(complete.id(), Scenario.BOOT, complete.started(), complete.took(), complete.result(), complete.failure(), steps, "", "", ""), NOTHING_LEFT);
        assertEquals(SERIES, new ArrayList<>(figures().keySet()));
        assertTrue(SERIES.size() <= 64, () -> "series: " + SERIES.size());
    }

    @Test
    void isAtZeroBeforeTheFirstRun() {
        Map<String, String> figures = figures();
        assertEquals("1", figures.remove("vmtestd_build_info{version=\"1.2.3\"}"));
        assertEquals("300", figures.remove("vmtestd_interval_seconds"));
        assertEquals("NaN", figures.remove("vmtestd_last_run_success"));
        assertEquals(1795368962.5, Double.parseDouble(figures.remove("process_start_time_seconds")));
        assertEquals("1795305600", figures.remove("vmtestd_time_seconds"));
        assertTrue(Double.parseDouble(figures.remove("process_resident_memory_bytes")) > 1 << 20);
        figures.forEach((series, figure) -> assertEquals("0", figure, series));
    }

    @Test
    void isTextThatPrometheusReads() {
        end(passed(0), NOTHING_LEFT);
        String text = metrics.httpText(history, FIRST);
        assertTrue(text.endsWith("\n"));
        String family = "";
        for (String line : text.split("\n")) {
            if (line.startsWith("#")) {
                assertTrue(line.matches("# HELP [a-z_]+ [A-Z][^\\\\]*\\.|# TYPE [a-z_]+ (counter|gauge)"), line);
                assertTrue(!line.startsWith("# TYPE") || line.split(" ")[2].equals(family), "TYPE follows HELP: " + line);
                family = line.split(" ")[2];
            } else {
                assertTrue(line.matches(SAMPLE), line);
                assertTrue(line.matches(family + "[ {].*"), "in its family: " + line);
            }
        }
    }

    /** A file stands still, and node_exporter has process_* of its own. */
    @Test
    void hasNoTimeAndNoProcessInAFile() {
        end(failed(0), NOTHING_LEFT);
        String file = metrics.fileText(history);
        assertTrue(metrics.httpText(history, FIRST).startsWith(file));
        assertFalse(file.contains("process_") || file.contains("vmtestd_time_seconds"), file);
    }

    @Test
    void countsRunsByWhatBecameOfThem() {
        end(passed(0), NOTHING_LEFT);
        end(failed(1, Step.MOUNT, Cause.TIMEOUT, "words"), Map.of(Kind.MOUNT, 2, Kind.VM, 1));
        end(failed(2, Step.MOUNT, Cause.TIMEOUT, "words"), Map.of(Kind.MOUNT, 1, Kind.VM, 0));
        end(failed(3, Step.DEPLOY, Cause.REMOTE_ERROR, "words"), Map.of(Kind.MOUNT, 1, Kind.VM, 0));
        end(interrupted(4), Map.of(Kind.MOUNT, 0, Kind.VM, 1));
        metrics.leftoverRemoved(Kind.MOUNT);
        metrics.leftoverRemoved(Kind.MOUNT);
        metrics.leftoverRemoved(Kind.VM);
        metrics.runsSkipped(3);
        metrics.runsSkipped(1);

        assertFigures("""
                vmtestd_runs_total{result="passed",scenario="boot"} 1
                vmtestd_runs_total{result="failed",scenario="boot"} 3
                vmtestd_runs_total{result="interrupted",scenario="boot"} 1
                vmtestd_failures_total{cause="timeout"} 2
                vmtestd_failures_total{cause="remote-error"} 1
                vmtestd_failures_total{cause="leak"} 0
                vmtestd_step_failures_total{step="mount"} 2
                vmtestd_step_failures_total{step="deploy"} 1
                vmtestd_step_failures_total{step="delete"} 0
                vmtestd_skipped_runs_total 4
                vmtestd_leftovers{kind="mount"} 0
                vmtestd_leftovers{kind="vm"} 1
                vmtestd_leftovers_removed_total{kind="mount"} 2
                vmtestd_leftovers_removed_total{kind="vm"} 1
                """);
    }

    @Test
    void countsCallsThatWereNotAnsweredInTime() {
        metrics.callEnded(call("flist", TIMEOUT));
        metrics.callEnded(call("vmd", TIMEOUT));
        metrics.callEnded(call("vmd", TRANSPORT));
        metrics.callEnded(call("vmd", null));
        metrics.callEnded(call("vmd", TIMEOUT));
        assertFigures("""
                vmtestd_zbus_timeouts_total{module="flist"} 1
                vmtestd_zbus_timeouts_total{module="vmd"} 2
                vmtestd_zbus_timeouts_total{module="zui"} 0
                """);
    }

    /** Runs begin every five minutes from 1795305600 on; one that passes takes 14.2 s, one that fails 1.3 s. */
    @Test
    void describesTheLastRunWithAVerdict() {
        end(passed(0), NOTHING_LEFT);
        assertLast(1, 1795305614, 1795305614, 0);
        end(failed(1), NOTHING_LEFT);
        assertLast(0, 1795305901, 1795305614, 1);
        end(failed(2), NOTHING_LEFT);
        assertLast(0, 1795306201, 1795305614, 2);
        end(passed(3), NOTHING_LEFT);
        assertLast(1, 1795306514, 1795306514, 0);
        end(failed(4), NOTHING_LEFT);
        assertLast(0, 1795306801, 1795306514, 1);
    }

    @Test
    void learnsNothingOfTheNodeFromARunThatWasInterrupted() {
        end(interrupted(0), NOTHING_LEFT);
        assertEquals("NaN", figures().get("vmtestd_last_run_success"));
        end(failed(1), NOTHING_LEFT);
        end(interrupted(2), NOTHING_LEFT);
        assertLast(0, 1795305901, 0, 1);
        end(failed(3), NOTHING_LEFT);
        assertLast(0, 1795306501, 0, 2);
        end(passed(4), NOTHING_LEFT);
        end(interrupted(5), NOTHING_LEFT);
        assertLast(1, 1795306814, 1795306814, 0);
    }

    @Test
    void knowsWhetherARunGoesOn() {
        history = history.runStarted(FIRST);
        assertEquals("1", figures().get("vmtestd_run_in_progress"));
        for (HistoryEntry run : List.of(passed(0), failed(1), interrupted(2))) {
            end(run, NOTHING_LEFT);
            assertEquals("0", figures().get("vmtestd_run_in_progress"));
        }
    }

    @Test
    void saysWhyTheNodeFailsAsLongAsItDoes() {
        assertNoFailure();
        end(failed(0, Step.MOUNT, Cause.TIMEOUT, "words"), NOTHING_LEFT);
        end(failed(1, Step.DEPLOY, Cause.NO_BOOT, "words"), NOTHING_LEFT);
        end(interrupted(2), NOTHING_LEFT);
        assertEquals(List.of("vmtestd_last_failure_info{step=\"deploy\",cause=\"no-boot\"}"),
                figures().keySet().stream().filter(series -> series.startsWith("vmtestd_last_failure_info")).toList());
        assertFigures("vmtestd_last_failure_info{step=\"deploy\",cause=\"no-boot\"} 1\n");
        end(passed(3), NOTHING_LEFT);
        assertNoFailure();
    }

    private void assertNoFailure() {
        assertTrue(figures().keySet().stream().noneMatch(series -> series.startsWith("vmtestd_last_failure_info")));
    }

    @Test
    void hasTheDurationsOfTheLastRunWithAVerdict() {
        end(passed(0), NOTHING_LEFT);
        assertFigures("""
                vmtestd_last_run_duration_seconds 14.2
                vmtestd_last_step_duration_seconds{step="connect"} 0.002
                vmtestd_last_step_duration_seconds{step="mount"} 1.1
                vmtestd_last_step_duration_seconds{step="wait"} 10
                """);
        end(interrupted(1), NOTHING_LEFT);
        assertFigures("vmtestd_last_run_duration_seconds 14.2\n");
        end(failed(2), NOTHING_LEFT);
        assertFigures("""
                vmtestd_last_run_duration_seconds 1.3
                vmtestd_last_step_duration_seconds{step="list"} 0.003
                vmtestd_last_step_duration_seconds{step="mount"} null
                """);
    }

    @Test
    void showsWhetherTheBootCouldBeObserved() {
        end(failed(0), NOTHING_LEFT);
        assertFigures("vmtestd_boot_observed 0\n");
        HistoryEntry run = passed(1);
        Map<Step, Duration> steps = new EnumMap<>(run.steps());
        steps.put(Step.BOOT, Duration.ofMillis(900));
        end(new HistoryEntry(run.id(), run.scenario(), run.started(), run.took(), run.result(), null, steps, "", "", ""), NOTHING_LEFT);
        assertFigures("vmtestd_boot_observed 1\n");
        end(failed(2), NOTHING_LEFT);
        end(interrupted(3), NOTHING_LEFT);
        assertFigures("vmtestd_boot_observed 1\n");
        end(passed(4), NOTHING_LEFT);
        assertFigures("vmtestd_boot_observed 0\n");
    }

    /** What is known of the last run survives a restart with the history; counters begin at zero. */
    @Test
    void goesOnWithTheHistoryOfAnEarlierDaemon() {
        end(passed(0), NOTHING_LEFT);
        end(failed(1), NOTHING_LEFT);
        end(failed(2), NOTHING_LEFT);
        Map<String, String> before = figures();
        Map<String, String> after = figures(new Metrics("1.2.3", Instant.EPOCH, List.of(Scenario.BOOT)), history.continued(HistoryTest.INTERVAL,
                HistoryTest.LONGEST_RUN, HistoryTest.started(3)));
        for (String series : List.of("vmtestd_last_run_success", "vmtestd_last_run_timestamp_seconds", "vmtestd_last_success_timestamp_seconds",
                "vmtestd_consecutive_failures", "vmtestd_last_failure_info{step=\"deploy\",cause=\"remote-error\"}",
                "vmtestd_last_run_duration_seconds", "vmtestd_last_step_duration_seconds{step=\"list\"}")) {
            assertEquals(before.get(series), after.get(series), series);
        }
        after.forEach((series, figure) -> assertTrue(!series.contains("_total") || figure.equals("0"), series));
    }

    private void assertLast(int success, long ended, long passed, int inARow) {
        assertFigures("vmtestd_last_run_success " + success + "\nvmtestd_last_run_timestamp_seconds " + ended
                + "\nvmtestd_last_success_timestamp_seconds " + passed + "\nvmtestd_consecutive_failures " + inARow + "\n");
    }

    private void assertFigures(String lines) {
        Map<String, String> figures = figures();
        StringBuilder found = new StringBuilder();
        lines.lines().map(line -> line.substring(0, line.indexOf(' ')))
                .forEach(series -> found.append(series).append(' ').append(figures.get(series)).append('\n'));
        assertEquals(lines, found.toString());
    }

    private void end(HistoryEntry run, Map<Kind, Integer> left) {
        history = ended(history.runStarted(run.started()), run);
        metrics.runEnded(run, left);
    }

    /** A call to a module that failed so; null for one that did not. */
    static CallListener.Call call(String module, ZbusException failure) {
        return new CallListener.Call(new ZbusObject(module, "manager", "0.0.1"), "List", List.of(), Duration.ofSeconds(1), null, failure);
    }

    private static ZbusException failure(Duration allowed) {
        ZbusClient client = new ZbusClient(BrokerUrl.parse("unix:///nowhere/redis.sock"), Clock.system(), CallListener.NONE);
        return assertThrows(ZbusException.class, () -> client.call(new ZbusObject("vmd", "manager", "0.0.1"), "List", List.of(),
                Deadline.in(Clock.system(), allowed)));
    }

    private Map<String, String> figures() {
        return figures(metrics, history);
    }

    /** Each figure as it is written, by its whole name, in the order of the text. */
    private static Map<String, String> figures(Metrics metrics, History history) {
        Map<String, String> figures = new LinkedHashMap<>();
        metrics.httpText(history, FIRST).lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int blank = line.lastIndexOf(' ');
            assertEquals(null, figures.put(line.substring(0, blank), line.substring(blank + 1)), "twice: " + line);
        });
        return figures;
    }
}
