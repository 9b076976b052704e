package vmtestd.status;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.AtomicFile;
import vmtestd.report.HistoryEntry;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.time.Clock;

/**
 * The daemon's memory of its runs: {@code history.jsonl} and {@code metrics.prom} in the root folder,
 * and the same for those who ask the daemon itself. A file that cannot be read or written keeps nothing
 * else from being done.
 */
public final class RunStore implements RunListener {
    private static final int MAX_METRICS = 64 << 10;

    private final HistoryFile historyFile;
    private final Path metricsFile;
    private final Disk disk;
    private final Metrics metrics;
    private final Clock clock;
    private final Consumer<String> complaints;
    private volatile History history;
    /** What could not be written last time, of which one complaint is enough. */
    private final Set<String> failing = new HashSet<>();

    /**
     * Goes on from what an earlier daemon has written.
     *
     * @param disk does all the work in {@code root}
     * @param interval from the beginning of one run to that of the next
     * @param maxRunDuration how long a run can last
     * @param complaints is told what cannot be read or written, in one line each
     */
    public RunStore(Path root, Disk disk, Metrics metrics, Duration interval, Duration maxRunDuration, Clock clock,
            Consumer<String> complaints) {
        historyFile = new HistoryFile(root);
        metricsFile = root.resolve("metrics.prom");
        this.disk = disk;
        this.metrics = metrics;
        this.clock = clock;
        this.complaints = complaints;
        history = readHistory(History.empty(interval, maxRunDuration)).takenOver(interval, maxRunDuration);
        resumeMetrics();
        save();
    }

    private History readHistory(History empty) {
        try {
            HistoryFile.Reading read = disk.run("reading the history", () -> historyFile.read(empty));
            if (read.damaged() > 0) {
                complaints.accept(historyFile + ": damaged lines dropped, the others kept: " + read.damaged());
            }
            return read.history();
        } catch (NoSuchFileException e) {
            return empty;
        } catch (IOException e) {
            complaints.accept(historyFile + " cannot be read (" + e.getMessage() + "), the history begins anew; " + setAside());
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

    private void resumeMetrics() {
        try {
            int lost = metrics.resume(disk.run("reading the metrics", () -> AtomicFile.read(metricsFile, MAX_METRICS)));
            if (lost > 0) {
                complaints.accept(metricsFile + ": " + lost + " metrics cannot be read and begin at zero");
            }
        } catch (NoSuchFileException e) {
            // The first daemon here.
        } catch (IOException e) {
            complaints.accept(metricsFile + " cannot be read (" + e.getMessage() + "), all metrics begin at zero");
        }
    }

    @Override
    public void runStarted(String id) {
        history = history.runStarted(clock.now());
        metrics.runStarted();
        save();
    }

    @Override
    public void leftoverRemoved(Journal.Kind kind) {
        metrics.leftoverRemoved(kind);
    }

    @Override
    public void runEnded(RunReport report) {
        HistoryEntry run = HistoryEntry.of(report);
        history = history.runEnded(run);
        metrics.runEnded(run, report.leftovers());
        save();
    }

    /** Writes down what is known now. It is done when a run begins and ends; what was counted since is lost otherwise. */
    public void save() {
        History now = history;
        write("the history", () -> {
            historyFile.write(now);
            return null;
        });
        write("the metrics", () -> {
            AtomicFile.writeForAll(metricsFile, metrics.fileText());
            return null;
        });
    }

    private void write(String what, Disk.Work<Void> writing) {
        try {
            disk.run("writing " + what, writing);
            failing.remove(what);
        } catch (IOException e) {
            if (failing.add(what)) {
                complaints.accept(what + " cannot be written: " + e);
            }
        }
    }

    /** All figures in the Prometheus text format 0.0.4. */
    String metricsText() {
        return metrics.text(clock.now());
    }

    /** What {@code --status --json} prints. */
    String statusJson() {
        return StatusJson.of(Status.of(history, clock.now()));
    }
}
