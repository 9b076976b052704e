package vmtestd;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Leftovers;
import vmtestd.cleanup.LockFile;
import vmtestd.cleanup.Scenario;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.Node;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.run.TestCycle;
import vmtestd.time.Clock;

/**
 * Runs tests in a root directory, one at a time even if several processes share the directory: each holds the run lock from
 * reading the journal to the end of its run.
 */
record Runner(Path root, Disk disk, LockFile lock, Node node, Settings settings, AtomicInteger runs, Clock clock, StopSignal stop,
        RunListener listener) {
    /** @param disk runs all file operations in {@code root} */
    Runner(Path root, Disk disk, Node node, Settings settings, Clock clock, StopSignal stop, RunListener listener) {
        this(root, disk, new LockFile(root.resolve("run.lock"), disk), node, settings, new AtomicInteger(), clock, stop, listener);
    }

    /**
     * Runs the test once, of the scenario whose turn it is, after a run of another process has ended.
     *
     * @throws StartException if the root directory cannot be used, or the other run does not end
     * @throws InterruptedException if a stop was requested before the run began
     */
    RunReport run() throws StartException, InterruptedException {
        Journal journal = begin();
        try {
            Scenario scenario = settings.scenarios().get(runs.getAndIncrement() % settings.scenarios().size());
            return new TestCycle(node, settings, scenario, journal, clock, stop, listener).run();
        } finally {
            end();
        }
    }

    /**
     * Removes the leftovers of earlier runs.
     *
     * @return whether none is left
     * @throws StartException as {@link #run}
     * @throws InterruptedException if a stop was requested
     */
    boolean sweep() throws StartException, InterruptedException {
        Journal journal = begin();
        try {
            return new Leftovers(node, settings, journal, clock, stop, listener).sweep();
        } finally {
            end();
        }
    }

    /** Takes the run lock and reads the journal. */
    private Journal begin() throws StartException, InterruptedException {
        try {
            if (!lock.take(Duration.ZERO, clock, stop)) {
                String other = "the run of " + LockFile.holder(root.resolve("run.lock"));
                listener.warn("waiting for " + other);
                if (!lock.take(settings.maxRunDuration().plusMinutes(1), clock, stop)) {
                    throw new StartException("--root " + root + ": " + other + " lasts longer than any run can");
                }
            }
            return Journal.open(root, settings.prefix(), listener::warn, disk);
        } catch (IOException e) {
            end();
            throw unusable(root, e);
        }
    }

    private void end() {
        try {
            lock.release();
        } catch (IOException e) {
            listener.warn("run.lock stays held for now: " + e.getMessage());
        }
    }

    /** Returns the error for a root directory that cannot be used. */
    static StartException unusable(Path root, IOException e) {
        // The class name of a java.nio exception has the reason, and its message often only the path.
        return new StartException("--root " + root + ": cannot be used (" + e.getClass().getSimpleName().replaceFirst("Exception$", "")
                + ": " + e.getMessage() + "); legal is a directory that can be written to");
    }
}
