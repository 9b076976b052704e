package vmtestd.status;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import vmtestd.cleanup.AtomicFile;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.report.LogText;
import vmtestd.run.RunReport;
import vmtestd.time.Clock;
import vmtestd.time.GoDuration;
import vmtestd.zbus.CallListener;

/**
 * Records the daemon's runs in the files {@code history} and {@code metrics.prom}, and for HTTP. A file that cannot be
 * read or written does not affect a run.
 */
public final class RunStore {
    private static final int MAX_CALLS = 40;
    /** In characters, of a call's line. */
    private static final int MAX_CALL = 100;

    private final HistoryFile historyFile;
    private final Path metricsFile;
    private final Disk disk;
    private final Metrics metrics;
    private final List<Scenario> scenarios;
    private final Clock clock;
    private final Consumer<String> warnings;
    private volatile History history;
    private volatile String localError = "";
    private boolean failing;
    /** The last calls of the run in progress. Only the thread of the runs uses it. */
    private final Deque<String> calls = new ArrayDeque<>();

    /**
     * Continues the history that it finds in {@code root}.
     *
     * @param disk accesses the files
     * @param interval from the start of one run to the start of the next
     * @param maxRunDuration how long a run can last
     * @param scenarios what the runs test
     * @param warnings receives a line if a file cannot be read or written
     */
    public RunStore(Path root, Disk disk, Metrics metrics, Duration interval, Duration maxRunDuration, List<Scenario> scenarios,
            Clock clock, Consumer<String> warnings) {
        historyFile = HistoryFile.in(root);
        metricsFile = root.resolve("metrics.prom");
        this.disk = disk;
        this.metrics = metrics;
        this.scenarios = scenarios;
        this.clock = clock;
        this.warnings = warnings;
        history = History.empty(interval, maxRunDuration, clock.now());
        try {
            history = disk.run("reading the history", () -> historyFile.readOrSetAside(history, warnings))
                    .continued(interval, maxRunDuration, clock.now());
        } catch (IOException e) {
            warnings.accept("the history can neither be read nor set aside: " + e);
        }
        save();
    }

    public void runStarted() {
        calls.clear();
        history = history.runStarted(clock.now());
        save();
    }

    /** Remembers a call for the case that the run fails. */
    public void callEnded(CallListener.Call call) {
        if (calls.size() == MAX_CALLS) {
            calls.remove();
        }
        calls.add(LogText.of(call.object().module() + "." + (call.method().isEmpty() ? "status" : call.method()) + " "
                + GoDuration.format(call.took()) + " " + (call.failure() == null ? "" : "failed: ") + call.outcome(),
                MAX_CALL));
    }

    public void runEnded(RunReport report) {
        HistoryEntry run = HistoryEntry.of(report, String.join("\n", calls));
        localError = report.passed() || report.failure().cause() != Cause.LOCAL_ERROR ? "" : report.failure().detail();
        history = history.runEnded(run, scenarios, clock.now());
        metrics.runEnded(run, report.leftovers());
        save();
    }

    /** Sets what in the daemon's own environment prevents its runs; empty if nothing does. */
    public void setLocalError(String error) {
        localError = error;
    }

    String localError() {
        return localError;
    }

    /** Writes both files, as is done when a run starts and when it ends. Only the first of several failures is reported. */
    public void save() {
        History now = history;
        try {
            disk.run("writing the history", () -> {
                try {
                    AtomicFile.write(metricsFile, metrics.fileText(now));
                } finally {
                    historyFile.write(now);
                }
                return null;
            });
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                warnings.accept("the history or the metrics cannot be written: " + e);
            }
            failing = true;
        }
    }

    String metricsText() {
        return metrics.httpText(history, clock.now());
    }

    Status status() {
        return new Status(history, clock.now());
    }
}
