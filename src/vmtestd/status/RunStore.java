package vmtestd.status;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import vmtestd.cleanup.AtomicFile;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Journal;
import vmtestd.report.HistoryEntry;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.time.Clock;

/**
 * Records the daemon's runs in the files {@code history} and {@code metrics.prom}, and for HTTP. A file that cannot be
 * read or written does not affect a run.
 */
public final class RunStore implements RunListener {
    private final HistoryFile historyFile;
    private final Path metricsFile;
    private final Disk disk;
    private final Metrics metrics;
    private final Clock clock;
    private final Consumer<String> warnings;
    private volatile History history;
    private volatile String localError = "";
    /** What could not be written last time: one warning is enough. */
    private final Set<String> failing = new HashSet<>();

    /**
     * Continues the history that it finds in {@code root}.
     *
     * @param disk accesses the files
     * @param interval from the start of one run to the start of the next
     * @param maxRunDuration how long a run can last
     * @param warnings receives one line for each file that cannot be read or written
     */
    public RunStore(Path root, Disk disk, Metrics metrics, Duration interval, Duration maxRunDuration, Clock clock,
            Consumer<String> warnings) {
        historyFile = HistoryFile.in(root);
        metricsFile = root.resolve("metrics.prom");
        this.disk = disk;
        this.metrics = metrics;
        this.clock = clock;
        this.warnings = warnings;
        history = readHistory(History.empty(interval, maxRunDuration, clock.now())).continued(interval, maxRunDuration, clock.now());
        save();
    }

    private History readHistory(History empty) {
        try {
            return disk.run("reading the history", historyFile::read);
        } catch (NoSuchFileException e) {
            return empty;
        } catch (IOException e) {
            warnings.accept(historyFile.file() + " cannot be read (" + e.getMessage() + "), starting a new one; " + setAside());
            return empty;
        }
    }

    private String setAside() {
        try {
            return "the file is now " + disk.run("renaming it", historyFile::setAside);
        } catch (IOException e) {
            return "the file cannot be set aside: " + e;
        }
    }

    @Override
    public void runStarted(String id) {
        history = history.runStarted(clock.now());
        save();
    }

    @Override
    public void leftoverRemoved(Journal.Kind kind) {
        metrics.leftoverRemoved(kind);
    }

    @Override
    public void runEnded(RunReport report) {
        HistoryEntry run = HistoryEntry.of(report);
        localError = report.passed() || report.failure().cause() != Cause.LOCAL_ERROR ? "" : report.failure().detail();
        history = history.runEnded(run, clock.now());
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

    /** Writes both files, as is done when a run starts and when it ends. */
    public void save() {
        History now = history;
        write("the history", () -> {
            historyFile.write(now);
            return null;
        });
        write("the metrics", () -> {
            AtomicFile.writeForAll(metricsFile, metrics.fileText(now));
            return null;
        });
    }

    private void write(String what, Disk.Work<Void> writing) {
        try {
            disk.run("writing " + what, writing);
            failing.remove(what);
        } catch (IOException e) {
            if (failing.add(what)) {
                warnings.accept(what + " cannot be written: " + e);
            }
        }
    }

    String metricsText() {
        return metrics.httpText(history, clock.now());
    }

    Status status() {
        return new Status(history, clock.now());
    }
}
