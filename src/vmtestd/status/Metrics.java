package vmtestd.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.report.Json;
import vmtestd.run.Step;
import vmtestd.zbus.CallListener;
import vmtestd.zbus.ZbusException;

/**
 * The metrics for Prometheus. Counters begin at zero with each daemon; gauges of the last run are from the history, and
 * so outlive it. All labels have values of closed sets. Thread-safe.
 */
public final class Metrics {
    private final String version;
    private final Instant started;
    private final Set<Scenario> scenarios;
    /** What no run can have, so that a node with the scenario boot only has no metrics of it. */
    private final Set<Object> absent = new HashSet<>();
    /** By the value of their label, whose type is different for each metric. */
    private final Map<Object, Long> counts = new HashMap<>();
    private Map<Journal.Kind, Integer> leftovers = Map.of();
    private long skipped;

    /**
     * @param started when this process started
     * @param scenarios what the runs test; there are no metrics of others
     */
    public Metrics(String version, Instant started, List<Scenario> scenarios) {
        this.version = version;
        this.started = started;
        this.scenarios = EnumSet.copyOf(scenarios);
        boolean disk = scenarios.stream().anyMatch(Scenario::hasDisk);
        boolean tap = scenarios.stream().anyMatch(Scenario::hasTap);
        absent.addAll(disk ? Set.of() : Set.of(Step.DISK, Step.STORAGE, Journal.Kind.DISK, "storage"));
        absent.addAll(tap ? Set.of() : Set.of(Step.TAP, Step.NETWORK, Journal.Kind.TAP, "network"));
        absent.addAll(disk || tap ? Set.of() : Set.of(Cause.NO_DATA));
    }

    /** @param left how many VMs and mounts are still to be removed */
    synchronized void runEnded(HistoryEntry run, Map<Journal.Kind, Integer> left) {
        count(label(run.result(), run.scenario()));
        if (run.failed()) {
            count(run.failure().cause());
            count(run.failure().step());
        }
        leftovers = left;
    }

    public synchronized void leftoverRemoved(Journal.Kind kind) {
        count(kind);
    }

    public synchronized void runsSkipped(long count) {
        skipped += count;
    }

    /** Counts the call if it timed out. A request for a module's status, which has no method, does not count. */
    public synchronized void callEnded(CallListener.Call call) {
        if (!call.method().isEmpty() && call.failure() != null && call.failure().kind() == ZbusException.Kind.TIMEOUT) {
            count(call.object().module());
        }
    }

    /** Returns the values of the two labels of the counter of runs. */
    private static String label(Result result, Scenario scenario) {
        return result + "\",scenario=\"" + scenario;
    }

    private void count(Object label) {
        counts.merge(label, 1L, Long::sum);
    }

    private Map<Object, Long> counts(Collection<?> labels) {
        Map<Object, Long> some = new LinkedHashMap<>();
        for (Object label : labels) {
            if (!absent.contains(label)) {
                some.put(label, counts.getOrDefault(label, 0L));
            }
        }
        return some;
    }

    /** Returns all metrics in the text format 0.0.4, including those that would be wrong in a file. */
    synchronized String httpText(History history, Instant now) {
        // A file stands still; and node_exporter, which reads it, has process_* of its own.
        return fileText(history) + new Text()
                .metric("process_start_time_seconds", "When this process started.", started.toEpochMilli() / 1000.0)
                .metric("process_resident_memory_bytes", "Resident memory of this process.", residentBytes())
                .metric("vmtestd_time_seconds", "The node's clock, to compare the timestamps with.", now.toEpochMilli() / 1000.0);
    }

    /** Returns the metrics for a file. */
    synchronized String fileText(History history) {
        HistoryEntry last = history.lastVerdict();
        HistoryEntry booted = history.lastRun(run -> run.result() == Result.PASSED || bootObserved(run));
        HistoryEntry failure = history.lastRun(HistoryEntry::failed);
        boolean failing = failure != null && history.streak() != null && history.streak().result() == Result.FAILED;
        List<String> runs = new ArrayList<>();
        scenarios.forEach(scenario -> Stream.of(Result.values()).forEach(result -> runs.add(label(result, scenario))));
        Text text = new Text().metric("vmtestd_build_info", "Always 1.", "version", Map.of(version, 1))
                .metric("vmtestd_interval_seconds", "From the start of one run to the start of the next.", history.interval())
                .metric("vmtestd_run_in_progress", "Whether a run is in progress.", history.running() ? 1 : 0)
                .metric("vmtestd_runs_total", "Finished runs, by result and scenario.", "result", counts(runs))
                // A run that was interrupted has not failed.
                .metric("vmtestd_failures_total", "Failed runs, by cause of the first failure.", "cause",
                        counts(EnumSet.complementOf(EnumSet.of(Cause.INTERRUPTED))))
                .metric("vmtestd_step_failures_total", "Failed runs, by step of the first failure.", "step", counts(List.of(Step.values())))
                .metric("vmtestd_skipped_runs_total", "Runs that were due while another one was in progress.", skipped)
                .metric("vmtestd_last_run_success", "Whether the last run of each scenario passed; NaN before the first verdict.",
                        last == null ? Double.NaN : failing ? 0.0 : 1.0)
                .metric("vmtestd_boot_observed", "Whether the last run that got so far could observe the guest's boot.",
                        booted != null && bootObserved(booted) ? 1 : 0)
                .metric("vmtestd_last_run_timestamp_seconds", "When the last run with a verdict ended; 0 before it.",
                        last == null ? 0 : last.ended().getEpochSecond())
                .metric("vmtestd_last_success_timestamp_seconds", "When the last passed run ended; 0 before it.",
                        history.lastSuccess() == null ? 0 : history.lastSuccess().getEpochSecond())
                .metric("vmtestd_consecutive_failures", "Runs since the node failed.", failing ? history.streak().runs() : 0)
                .metric("vmtestd_leftovers", "VMs and mounts still to be removed after the last run.", "kind", leftovers)
                .metric("vmtestd_leftovers_removed_total", "VMs and mounts of earlier runs that were removed.", "kind",
                        counts(List.of(Journal.Kind.values())))
                .metric("vmtestd_zbus_timeouts_total", "Calls that a module did not answer in time.", "module",
                        counts(List.of("flist", "vmd", "zui", "storage", "network")));
        if (failing) {
            text.metric("vmtestd_last_failure_info", "Step and cause of the first failure, if the node fails.", "step",
                    Map.of(failure.failure().step() + "\",cause=\"" + failure.failure().cause(), 1));
        }
        if (last != null) {
            text.metric("vmtestd_last_run_duration_seconds", "Duration of the last run with a verdict.", last.took())
                    .metric("vmtestd_last_step_duration_seconds", "Duration of each step that passed in that run.", "step", last.steps());
        }
        return text.toString();
    }

    private static boolean bootObserved(HistoryEntry run) {
        return run.steps().containsKey(Step.BOOT) || run.failed() && run.failure().step() == Step.BOOT;
    }

    private static long residentBytes() {
        try {
            String status = Files.readString(Path.of("/proc/self/status"));
            return Long.parseLong(status.replaceFirst("(?s).*\nVmRSS:\\s*([0-9]+) kB.*", "$1")) * 1024;
        } catch (IOException | NumberFormatException e) {
            // Without /proc it is unknown, as without the line.
            return 0;
        }
    }

    /** Lines of the text format. Values are written as {@link Json} writes them. */
    private static final class Text {
        private final StringBuilder text = new StringBuilder();

        Text metric(String name, String help, Object value) {
            return metric(name, help, "", Map.of("", value));
        }

        /** @param label the name of the label, whose values are the keys; empty for a single value without one */
        Text metric(String name, String help, String label, Map<?, ?> values) {
            text.append("# HELP ").append(name).append(' ').append(help).append("\n# TYPE ").append(name)
                    .append(name.endsWith("_total") ? " counter\n" : " gauge\n");
            values.forEach((key, value) -> text.append(name).append(label.isEmpty() ? "" : "{" + label + "=\"" + key + "\"}")
                    .append(' ').append(Json.of(value)).append('\n'));
            return this;
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
