package vmtestd.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Journal;
import vmtestd.report.HistoryEntry;
import vmtestd.run.Step;
import vmtestd.zbus.CallListener;
import vmtestd.zbus.ZbusException;

/**
 * What a daemon counts and measures, as Prometheus wants it. Labels have words of closed sets only, and
 * every series is there from the start. For several threads.
 */
public final class Metrics {
    private static final List<String> MODULES = List.of("flist", "vmd", "zui");
    private static final double[] RUN_BUCKETS = {5, 10, 12.5, 15, 20, 30, 60, 120, 300, 600, 1200};
    private static final double[] STEP_BUCKETS = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120};

    /** In the order of the text, which {@code process_*} ends. */
    private final List<MetricFamily> all = new ArrayList<>();
    /** Those that go on over a restart. */
    private final List<MetricFamily> lasting = new ArrayList<>();

    private final MetricFamily buildInfo = keep(MetricFamily.gauge("vmtestd_build_info", "Always 1."));
    private final MetricFamily interval = keep(MetricFamily.gauge("vmtestd_interval_seconds",
            "From one run's beginning to the next one's.")).with("");
    private final MetricFamily inProgress = keep(MetricFamily.gauge("vmtestd_run_in_progress",
            "Whether a run is going on.")).with("");
    private final MetricFamily runs = last(MetricFamily.counter("vmtestd_runs_total",
            "Runs that ended, by result."));
    private final MetricFamily failures = last(MetricFamily.counter("vmtestd_failures_total",
            "Runs that failed, by step and cause of the first failure."));
    private final MetricFamily skipped = last(MetricFamily.counter("vmtestd_skipped_runs_total",
            "Runs that were due while another one was going on.")).with("");
    private final MetricFamily lastSuccess = last(MetricFamily.gauge("vmtestd_last_run_success",
            "Whether the last run passed; NaN before the first verdict.")).with("");
    private final MetricFamily bootObserved = last(MetricFamily.gauge("vmtestd_boot_observed",
            "Whether the last run that got so far could see whether the guest booted.")).with("");
    private final MetricFamily lastRunTime = last(MetricFamily.gauge("vmtestd_last_run_timestamp_seconds",
            "When the last run ended that has a verdict; 0 before it.")).with("");
    private final MetricFamily lastSuccessTime = last(MetricFamily.gauge("vmtestd_last_success_timestamp_seconds",
            "When the last run ended that passed; 0 before it.")).with("");
    private final MetricFamily consecutiveFailures = last(MetricFamily.gauge("vmtestd_consecutive_failures",
            "Runs that have failed since the last one that passed.")).with("");
    private final MetricFamily leftovers = last(MetricFamily.gauge("vmtestd_leftovers",
            "VMs and mounts of ours that are still to be removed."));
    private final MetricFamily leftoversRemoved = last(MetricFamily.counter("vmtestd_leftovers_removed_total",
            "VMs and mounts removed that earlier runs had left."));
    private final MetricFamily timeouts = last(MetricFamily.counter("vmtestd_zbus_timeouts_total",
            "Calls that a module did not answer in time."));
    private final MetricFamily runDuration = last(MetricFamily.histogram("vmtestd_run_duration_seconds",
            "How long runs took that passed.", RUN_BUCKETS)).with("");
    private final MetricFamily stepDuration = last(MetricFamily.histogram("vmtestd_step_duration_seconds",
            "How long steps took that went well.", STEP_BUCKETS));
    private final MetricFamily startTime = MetricFamily.gauge("process_start_time_seconds",
            "When this process started.").with("");
    private final MetricFamily residentMemory = MetricFamily.gauge("process_resident_memory_bytes",
            "Resident memory of this process.").with("");

    /** Over HTTP only: in a file it would stand still. */
    private final MetricFamily time = MetricFamily.gauge("vmtestd_time_seconds",
            "What time it is on the node, which the timestamps are to be compared with.").with("");

    private long failuresInARow;

    /**
     * The figures of a daemon that has never run before.
     *
     * @param started when this process did
     */
    public Metrics(String version, Duration interval, Instant started) {
        String build = label("version", version);
        buildInfo.with(build).set(build, 1);
        this.interval.set("", seconds(interval));
        lastSuccess.set("", Double.NaN);
        for (HistoryEntry.Result result : HistoryEntry.Result.values()) {
            runs.with(label("result", result));
        }
        for (Step step : Step.values()) {
            stepDuration.with(label("step", step));
            for (Cause cause : Cause.values()) {
                // A run that was told to stop is interrupted; it has not failed.
                if (cause != Cause.INTERRUPTED) {
                    failures.with(failure(step, cause));
                }
            }
        }
        for (Journal.Kind kind : Journal.Kind.values()) {
            leftovers.with(label("kind", kind));
            leftoversRemoved.with(label("kind", kind));
        }
        for (String module : MODULES) {
            timeouts.with(label("module", module));
        }
        startTime.set("", started.toEpochMilli() / 1000.0);
    }

    private MetricFamily keep(MetricFamily family) {
        all.add(family);
        return family;
    }

    private MetricFamily last(MetricFamily family) {
        lasting.add(family);
        return keep(family);
    }

    /**
     * Goes on from the figures that an earlier daemon has written.
     *
     * @param text what {@link #text} gave then
     * @return how many metrics could not be read, and begin at zero
     */
    synchronized int resume(String text) {
        Map<String, Double> saved = new HashMap<>();
        for (String line : text.split("\n")) {
            int blank = line.lastIndexOf(' ');
            if (blank > 0 && !line.startsWith("#")) {
                try {
                    saved.put(line.substring(0, blank), Double.valueOf(line.substring(blank + 1)));
                } catch (NumberFormatException e) {
                    // Then this series is missing, and its whole metric is counted below.
                }
            }
        }
        int lost = 0;
        for (MetricFamily family : lasting) {
            lost += family.resume(saved) ? 0 : 1;
        }
        failuresInARow = Math.round(consecutiveFailures.get(""));
        return lost;
    }

    synchronized void runStarted() {
        inProgress.set("", 1);
    }

    /** @param left what is still to be removed, by kind */
    synchronized void runEnded(HistoryEntry run, Map<Journal.Kind, Integer> left) {
        inProgress.set("", 0);
        runs.add(label("result", run.result()), 1);
        run.steps().forEach((step, took) -> stepDuration.observe(label("step", step), seconds(took)));
        boolean booted = run.steps().containsKey(Step.BOOT);
        if (booted || run.result() == HistoryEntry.Result.PASSED) {
            bootObserved.set("", booted ? 1 : 0);
        }
        left.forEach((kind, count) -> leftovers.set(label("kind", kind), count));
        switch (run.result()) {
            case PASSED -> {
                runDuration.observe("", seconds(run.took()));
                lastSuccessTime.set("", run.ended().getEpochSecond());
                verdict(run, 0);
            }
            case FAILED -> {
                failures.add(failure(run.failure().step(), run.failure().cause()), 1);
                verdict(run, failuresInARow + 1);
            }
            case INTERRUPTED -> { }
        }
    }

    private void verdict(HistoryEntry run, long inARow) {
        failuresInARow = inARow;
        consecutiveFailures.set("", inARow);
        lastSuccess.set("", inARow == 0 ? 1 : 0);
        lastRunTime.set("", run.ended().getEpochSecond());
    }

    synchronized void leftoverRemoved(Journal.Kind kind) {
        leftoversRemoved.add(label("kind", kind), 1);
    }

    /** Runs were due while another one was going on. */
    public synchronized void runsSkipped(long count) {
        skipped.add("", count);
    }

    /** Counts a call that was not answered in time; a request for a status only tells why. */
    public synchronized void callEnded(CallListener.Call call) {
        if (!call.method().isEmpty() && call.failure() != null && call.failure().kind() == ZbusException.Kind.TIMEOUT) {
            timeouts.add(label("module", call.object().module()), 1);
        }
    }

    /** The figures for somebody who reads them now: {@link #text}, and the time. */
    synchronized String text(Instant now) {
        time.set("", now.toEpochMilli() / 1000.0);
        StringBuilder text = new StringBuilder(text());
        time.writeTo(text);
        return text.toString();
    }

    /** The figures in the Prometheus text format 0.0.4, as they are written to a file. */
    synchronized String text() {
        residentMemory.set("", residentBytes());
        StringBuilder text = new StringBuilder(fileText());
        startTime.writeTo(text);
        residentMemory.writeTo(text);
        return text.toString();
    }

    /** The figures without {@code process_*}: node_exporter reads the file, and has these of its own. */
    synchronized String fileText() {
        StringBuilder text = new StringBuilder();
        for (MetricFamily family : all) {
            family.writeTo(text);
        }
        return text.toString();
    }

    private static long residentBytes() {
        try {
            for (String line : Files.readString(Path.of("/proc/self/status")).split("\n")) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
                }
            }
        } catch (IOException e) {
            // No /proc: 0 is what there is to tell, as without the line.
        }
        return 0;
    }

    private static String failure(Step step, Cause cause) {
        return label("step", step) + "," + label("cause", cause);
    }

    private static String label(String name, Object value) {
        return name + "=\"" + value + "\"";
    }

    private static double seconds(Duration span) {
        return span.toNanos() / 1e9;
    }
}
