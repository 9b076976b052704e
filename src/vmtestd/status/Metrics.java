package vmtestd.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Journal;
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
    private final Duration interval;
    private final Instant started;
    private final Map<Object, Long> runs = zeros(Result.values());
    private final Map<Object, Long> failures = zeros(Cause.values());
    private final Map<Object, Long> stepFailures = zeros(Step.values());
    private final Map<Object, Long> leftoversRemoved = zeros(Journal.Kind.values());
    private final Map<Object, Long> timeouts = zeros(new Object[] {"flist", "vmd", "zui"});
    private Map<Journal.Kind, Integer> leftovers = Map.of();
    private long skipped;

    /** @param started when this process started */
    public Metrics(String version, Duration interval, Instant started) {
        this.version = version;
        this.interval = interval;
        this.started = started;
        // A run that was interrupted has not failed.
        failures.remove(Cause.INTERRUPTED);
    }

    private static Map<Object, Long> zeros(Object[] labels) {
        Map<Object, Long> zeros = new LinkedHashMap<>();
        for (Object label : labels) {
            zeros.put(label, 0L);
        }
        return zeros;
    }

    /** @param left how many VMs and mounts are still to be removed */
    synchronized void runEnded(HistoryEntry run, Map<Journal.Kind, Integer> left) {
        runs.merge(run.result(), 1L, Long::sum);
        if (run.failed()) {
            failures.merge(run.failure().cause(), 1L, Long::sum);
            stepFailures.merge(run.failure().step(), 1L, Long::sum);
        }
        leftovers = left;
    }

    synchronized void leftoverRemoved(Journal.Kind kind) {
        leftoversRemoved.merge(kind, 1L, Long::sum);
    }

    public synchronized void runsSkipped(long count) {
        skipped += count;
    }

    /** Counts the call if it timed out. A request for a module's status, which has no method, does not count. */
    public synchronized void callEnded(CallListener.Call call) {
        if (!call.method().isEmpty() && call.failure() != null && call.failure().kind() == ZbusException.Kind.TIMEOUT) {
            timeouts.merge(call.object().module(), 1L, Long::sum);
        }
    }

    /** Returns all metrics in the text format 0.0.4, including those that would be wrong in a file. */
    synchronized String httpText(History history, Instant now) {
        // A file stands still; and node_exporter, which reads it, has process_* of its own.
        return fileText(history) + new Text().metric("process_start_time_seconds", "When this process started.", started.toEpochMilli() / 1000.0)
                .metric("process_resident_memory_bytes", "Resident memory of this process.", residentBytes())
                .metric("vmtestd_time_seconds", "The node's clock, to compare the timestamps with.", now.toEpochMilli() / 1000.0);
    }

    /** Returns the metrics for a file. */
    synchronized String fileText(History history) {
        HistoryEntry last = history.lastVerdict();
        boolean failing = last != null && last.failed() && history.streak() != null;
        Text text = new Text().metric("vmtestd_build_info", "Always 1.").sample("version=\"" + version + "\"", 1)
                .metric("vmtestd_interval_seconds", "From the start of one run to the start of the next.", seconds(interval))
                .metric("vmtestd_run_in_progress", "Whether a run is in progress.", history.running() ? 1 : 0)
                .metric("vmtestd_runs_total", "Finished runs, by result.", "result", runs)
                .metric("vmtestd_failures_total", "Failed runs, by cause of the first failure.", "cause", failures)
                .metric("vmtestd_step_failures_total", "Failed runs, by step of the first failure.", "step", stepFailures)
                .metric("vmtestd_skipped_runs_total", "Runs that were due while another one was in progress.", skipped)
                .metric("vmtestd_last_run_success", "Whether the last run passed; NaN before the first verdict.",
                        last == null ? Double.NaN : failing ? 0 : 1)
                .metric("vmtestd_boot_observed", "Whether the last run that got so far could observe the guest's boot.", bootObserved(history))
                .metric("vmtestd_last_run_timestamp_seconds", "When the last run with a verdict ended; 0 before it.",
                        last == null ? 0 : last.ended().getEpochSecond())
                .metric("vmtestd_last_success_timestamp_seconds", "When the last passed run ended; 0 before it.",
                        history.lastSuccess() == null ? 0 : history.lastSuccess().getEpochSecond())
                .metric("vmtestd_consecutive_failures", "Failed runs since the last passed one.", failing ? history.streak().runs() : 0)
                .metric("vmtestd_leftovers", "VMs and mounts still to be removed after the last run.", "kind", leftovers)
                .metric("vmtestd_leftovers_removed_total", "VMs and mounts of earlier runs that were removed.", "kind", leftoversRemoved)
                .metric("vmtestd_zbus_timeouts_total", "Calls that a module did not answer in time.", "module", timeouts)
                .metric("vmtestd_last_failure_info", "Step and cause of the first failure, if the last run failed.");
        if (failing) {
            text.sample("step=\"" + last.failure().step() + "\",cause=\"" + last.failure().cause() + "\"", 1);
        }
        if (last != null) {
            text.metric("vmtestd_last_run_duration_seconds", "Duration of the last run with a verdict.", seconds(last.took()))
                    .metric("vmtestd_last_step_duration_seconds", "Duration of each step that passed in that run.");
            last.steps().forEach((step, took) -> text.sample("step=\"" + step + "\"", seconds(took)));
        }
        return text.toString();
    }

    private static double bootObserved(History history) {
        for (int i = history.runs().size() - 1; i >= 0; i--) {
            HistoryEntry run = history.runs().get(i);
            boolean failedAtBoot = run.failed() && run.failure().step() == Step.BOOT;
            if (failedAtBoot || run.steps().containsKey(Step.BOOT)) {
                return 1;
            }
            if (run.result() == Result.PASSED) {
                return 0;
            }
        }
        return 0;
    }

    private static double residentBytes() {
        try {
            for (String line : Files.readString(Path.of("/proc/self/status")).split("\n")) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
        } catch (IOException e) {
            // Without /proc it is unknown, as without the line.
        }
        return 0;
    }

    private static double seconds(Duration span) {
        return span.toMillis() / 1000.0;
    }

    /** The lines of a text, each sample below the metric that it belongs to. */
    private static final class Text {
        private final StringBuilder text = new StringBuilder();
        private String name;

        Text metric(String name, String help) {
            this.name = name;
            text.append("# HELP ").append(name).append(' ').append(help).append("\n# TYPE ").append(name)
                    .append(name.endsWith("_total") ? " counter\n" : " gauge\n");
            return this;
        }

        Text metric(String name, String help, double value) {
            return metric(name, help).sample("", value);
        }

        Text metric(String name, String help, String label, Map<?, ? extends Number> values) {
            metric(name, help);
            values.forEach((value, number) -> sample(label + "=\"" + value + "\"", number.doubleValue()));
            return this;
        }

        /** @param labels as between the braces */
        Text sample(String labels, double value) {
            text.append(name).append(labels.isEmpty() ? "" : "{" + labels + "}").append(' ').append(Json.number(value)).append('\n');
            return this;
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
