package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static vmtestd.status.HistoryTest.failed;
import static vmtestd.status.HistoryTest.interrupted;
import static vmtestd.status.HistoryTest.passed;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Journal.Kind;
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
    private static final String LABEL = "[a-z_]+=\"[a-z0-9.+I-]*(nf)?\"";
    private static final String SAMPLE = "[a-z_]+(\\{" + LABEL + "(," + LABEL + ")*\\})? (-?[0-9]+(\\.[0-9]+)?(E-?[0-9]+)?|NaN)";
    private static final Map<Kind, Integer> NOTHING_LEFT = Map.of(Kind.MOUNT, 0, Kind.VM, 0);

    /** The ways in which a call can end, as a client tells of them that has no time left, or no broker. */
    static final ZbusException TIMEOUT = failure(Duration.ZERO);
    private static final ZbusException TRANSPORT = failure(Duration.ofMinutes(1));

    private final Metrics metrics = new Metrics("1.2.3", Duration.ofMinutes(5), Instant.parse("2026-11-22T17:36:02.5Z"));

    @Test
    void hasEverySeriesFromTheStart() {
        assertEquals(allSeries(), new ArrayList<>(figures(metrics).keySet()));
    }

    @Test
    void hasTheSameSeriesLater() {
        for (int number = 0; number < 30; number += 3) {
            end(passed(number), NOTHING_LEFT);
            end(interrupted(number + 1), Map.of());
            for (Cause cause : Cause.values()) {
                if (cause != Cause.INTERRUPTED) {
                    end(failed(number + 2, Step.values()[number % Step.values().length], cause, "words"), Map.of(Kind.VM, 3));
                }
            }
        }
        assertEquals(allSeries(), new ArrayList<>(figures(metrics).keySet()));
    }

    @Test
    void isAtZeroBeforeTheFirstRun() {
        Map<String, String> figures = figures(metrics);
        assertEquals("1", figures.remove("vmtestd_build_info{version=\"1.2.3\"}"));
        assertEquals("300", figures.remove("vmtestd_interval_seconds"));
        assertEquals("NaN", figures.remove("vmtestd_last_run_success"));
        assertEquals(1795368962.5, Double.parseDouble(figures.remove("process_start_time_seconds")));
        assertTrue(Double.parseDouble(figures.remove("process_resident_memory_bytes")) > 1 << 20);
        figures.forEach((series, figure) -> assertEquals("0", figure, series));
    }

    @Test
    void isTextThatPrometheusReads() {
        end(passed(0), NOTHING_LEFT);
        String text = metrics.text();
        assertTrue(text.endsWith("\n"));
        String family = "";
        for (String line : text.split("\n")) {
            if (line.startsWith("#")) {
                assertTrue(line.matches("# HELP [a-z_]+ [A-Z][^\\\\]*\\.|# TYPE [a-z_]+ (counter|gauge|histogram)"), line);
                assertTrue(!line.startsWith("# TYPE") || line.split(" ")[2].equals(family), "TYPE follows HELP: " + line);
                family = line.split(" ")[2];
            } else {
                assertTrue(line.matches(SAMPLE), line);
                assertTrue(line.matches(family + "(_bucket|_sum|_count)?[ {].*"), "in its family: " + line);
            }
        }
    }

    @Test
    void tellsTheTimeToWhoeverReadsItNow() {
        String help = "# HELP vmtestd_time_seconds What time it is on the node, which the timestamps are to be compared with.\n";
        assertEquals(metrics.text().replaceAll("process_resident_memory_bytes \\d.*", "process_resident_memory_bytes X")
                + help + "# TYPE vmtestd_time_seconds gauge\nvmtestd_time_seconds 1.7953689625E9\n",
                metrics.text(Instant.parse("2026-11-22T17:36:02.5Z")).replaceAll("process_resident_memory_bytes \\d.*", "process_resident_memory_bytes X"));
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
                vmtestd_runs_total{result="passed"} 1
                vmtestd_runs_total{result="failed"} 3
                vmtestd_runs_total{result="interrupted"} 1
                vmtestd_failures_total{step="mount",cause="timeout"} 2
                vmtestd_failures_total{step="deploy",cause="remote-error"} 1
                vmtestd_failures_total{step="deploy",cause="timeout"} 0
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
        metrics.callEnded(call("storage", null));
        assertFigures("""
                vmtestd_zbus_timeouts_total{module="flist"} 1
                vmtestd_zbus_timeouts_total{module="vmd"} 2
                vmtestd_zbus_timeouts_total{module="zui"} 0
                """);
    }

    /** Runs begin every five minutes from 1795305600 on; one that passes takes 14.2 s, one that fails 1.3 s. */
    @Test
    void tellsOfTheLastRunWithAVerdict() {
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
        assertEquals("NaN", figures(metrics).get("vmtestd_last_run_success"));
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
        metrics.runStarted();
        assertEquals("1", figures(metrics).get("vmtestd_run_in_progress"));
        for (HistoryEntry run : List.of(passed(0), failed(1), interrupted(2))) {
            end(run, NOTHING_LEFT);
            assertEquals("0", figures(metrics).get("vmtestd_run_in_progress"));
        }
    }

    @Test
    void measuresRunsThatPassed() {
        end(passed(0), NOTHING_LEFT);
        end(failed(1), NOTHING_LEFT);
        end(interrupted(2), NOTHING_LEFT);
        end(took(passed(3), Duration.ofSeconds(15)), NOTHING_LEFT);
        end(took(passed(4), Duration.ofSeconds(1201)), NOTHING_LEFT);
        assertFigures("""
                vmtestd_run_duration_seconds_bucket{le="5"} 0
                vmtestd_run_duration_seconds_bucket{le="12.5"} 0
                vmtestd_run_duration_seconds_bucket{le="15"} 2
                vmtestd_run_duration_seconds_bucket{le="20"} 2
                vmtestd_run_duration_seconds_bucket{le="1200"} 2
                vmtestd_run_duration_seconds_bucket{le="+Inf"} 3
                vmtestd_run_duration_seconds_sum 1230.2
                vmtestd_run_duration_seconds_count 3
                """);
    }

    @Test
    void measuresStepsThatWentWellInWhateverRun() {
        end(passed(0), NOTHING_LEFT);
        end(failed(1), NOTHING_LEFT);
        end(interrupted(2), NOTHING_LEFT);
        assertFigures("""
                vmtestd_step_duration_seconds_bucket{step="connect",le="0.005"} 3
                vmtestd_step_duration_seconds_bucket{step="connect",le="+Inf"} 3
                vmtestd_step_duration_seconds_sum{step="connect"} 0.006
                vmtestd_step_duration_seconds_count{step="connect"} 3
                vmtestd_step_duration_seconds_bucket{step="mount",le="1"} 0
                vmtestd_step_duration_seconds_bucket{step="mount",le="2.5"} 1
                vmtestd_step_duration_seconds_count{step="mount"} 1
                vmtestd_step_duration_seconds_count{step="deploy"} 0
                """);
    }

    @Test
    void knowsNoModuleBeyondItsOwn() {
        assertEquals("no series vmtestd_zbus_timeouts_total{module=\"storage\"}",
                assertThrows(IllegalArgumentException.class, () -> metrics.callEnded(call("storage", TIMEOUT))).getMessage());
    }

    private void assertLast(int success, long ended, long passed, int inARow) {
        assertFigures("vmtestd_last_run_success " + success + "\nvmtestd_last_run_timestamp_seconds " + ended
                + "\nvmtestd_last_success_timestamp_seconds " + passed + "\nvmtestd_consecutive_failures " + inARow + "\n");
    }

    private void assertFigures(String lines) {
        Map<String, String> figures = figures(metrics);
        StringBuilder found = new StringBuilder();
        lines.lines().map(line -> line.substring(0, line.indexOf(' ')))
                .forEach(series -> found.append(series).append(' ').append(figures.get(series)).append('\n'));
        assertEquals(lines, found.toString());
    }

    private void end(HistoryEntry run, Map<Kind, Integer> left) {
        metrics.runStarted();
        metrics.runEnded(run, left);
    }

    private static HistoryEntry took(HistoryEntry run, Duration took) {
        return new HistoryEntry(run.id(), run.started(), took, run.result(), run.failure(), run.steps(), "", "");
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

    /** Each figure as it is written, by its whole name, in the order of the text. */
    static Map<String, String> figures(Metrics metrics) {
        Map<String, String> figures = new LinkedHashMap<>();
        metrics.text().lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int blank = line.lastIndexOf(' ');
            assertEquals(null, figures.put(line.substring(0, blank), line.substring(blank + 1)), "twice: " + line);
        });
        return figures;
    }

    private static List<String> allSeries() {
        List<String> all = new ArrayList<>(List.of(
                "vmtestd_build_info{version=\"1.2.3\"}", "vmtestd_interval_seconds", "vmtestd_run_in_progress",
                "vmtestd_runs_total{result=\"passed\"}", "vmtestd_runs_total{result=\"failed\"}",
                "vmtestd_runs_total{result=\"interrupted\"}"));
        List<String> steps = List.of("connect", "list", "mount", "inspect", "deploy", "boot", "wait", "verify", "delete", "unmount");
        for (String step : steps) {
            for (String cause : List.of("unreachable", "timeout", "remote-error", "protocol-error", "bad-flist", "no-boot", "vm-died", "leak",
                    "local-error")) {
                all.add("vmtestd_failures_total{step=\"" + step + "\",cause=\"" + cause + "\"}");
            }
        }
        all.addAll(List.of("vmtestd_skipped_runs_total", "vmtestd_last_run_success", "vmtestd_boot_observed", "vmtestd_last_run_timestamp_seconds",
                "vmtestd_last_success_timestamp_seconds", "vmtestd_consecutive_failures",
                "vmtestd_leftovers{kind=\"mount\"}", "vmtestd_leftovers{kind=\"vm\"}",
                "vmtestd_leftovers_removed_total{kind=\"mount\"}", "vmtestd_leftovers_removed_total{kind=\"vm\"}",
                "vmtestd_zbus_timeouts_total{module=\"flist\"}", "vmtestd_zbus_timeouts_total{module=\"vmd\"}",
                "vmtestd_zbus_timeouts_total{module=\"zui\"}"));
        for (String bound : List.of("5", "10", "12.5", "15", "20", "30", "60", "120", "300", "600", "1200", "+Inf")) {
            all.add("vmtestd_run_duration_seconds_bucket{le=\"" + bound + "\"}");
        }
        all.addAll(List.of("vmtestd_run_duration_seconds_sum", "vmtestd_run_duration_seconds_count"));
        for (String step : steps) {
            for (String bound : List.of("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10",
                    "30", "60", "120", "+Inf")) {
                all.add("vmtestd_step_duration_seconds_bucket{step=\"" + step + "\",le=\"" + bound + "\"}");
            }
            all.add("vmtestd_step_duration_seconds_sum{step=\"" + step + "\"}");
            all.add("vmtestd_step_duration_seconds_count{step=\"" + step + "\"}");
        }
        all.addAll(List.of("process_start_time_seconds", "process_resident_memory_bytes"));
        return all;
    }
}
