package vmtestd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Leftovers;
import vmtestd.cleanup.LockFile;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.Node;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.run.TestCycle;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/**
 * Runs tests in a root directory, one at a time even if several processes share the directory: each holds the run lock from
 * reading the journal to the end of its run.
 */
record Runner(Path root, Disk disk, LockFile lock, Node node, Settings settings, Clock clock, StopSignal stop, RunListener listener) {
    private static final Duration LOCK_POLL = Duration.ofMillis(200);

    /** @param disk runs all file operations in {@code root} */
    Runner(Path root, Disk disk, Node node, Settings settings, Clock clock, StopSignal stop, RunListener listener) {
        this(root, disk, new LockFile(root.resolve("run.lock")), node, settings, clock, stop, listener);
    }

    /**
     * Runs the test once, after a run of another process has ended.
     *
     * @throws StartException if the root directory cannot be used, or the other run does not end
     * @throws InterruptedException if a stop was requested before the run began
     */
    RunReport run() throws StartException, InterruptedException {
        return withRunLock(journal -> new TestCycle(node, settings, journal, clock, stop, listener).run());
    }

    /**
     * Removes the leftovers of earlier runs.
     *
     * @return whether none is left
     * @throws StartException as {@link #run}
     * @throws InterruptedException if a stop was requested
     */
    boolean sweep() throws StartException, InterruptedException {
        return withRunLock(journal -> new Leftovers(node, settings, journal, clock, stop, listener).sweep());
    }

    private interface Work<T> {
        T with(Journal journal) throws InterruptedException;
    }

    private <T> T withRunLock(Work<T> work) throws StartException, InterruptedException {
        try {
            takeRunLock();
            try {
                return work.with(Journal.open(root, settings.prefix(), listener::warn, disk));
            } finally {
                releaseRunLock();
            }
        } catch (IOException e) {
            throw unusable(root, e);
        }
    }

    private void takeRunLock() throws IOException, StartException, InterruptedException {
        Deadline deadline = Deadline.in(clock, settings.maxRunDuration().plusMinutes(1));
        for (boolean first = true; !take(root, lock, disk); first = false) {
            if (first) {
                listener.warn("waiting for the run of " + holder(lock, disk));
            }
            if (deadline.expired()) {
                throw new StartException("--root " + root + ": the run of " + holder(lock, disk) + " lasts longer than any run can");
            }
            stop.sleep(clock, LOCK_POLL);
        }
    }

    /** While a write to the journal hangs the lock stays, because another process must not write to it meanwhile. */
    private void releaseRunLock() {
        try {
            disk.run("releasing run.lock", () -> {
                lock.release();
                return null;
            });
        } catch (IOException e) {
            listener.warn("run.lock stays held for now: " + e.getMessage());
        }
    }

    /** Takes a lock in the root directory unless another process holds it. Creates the directory, which may have been removed. */
    static boolean take(Path root, LockFile lock, Disk disk) throws IOException {
        return disk.run("opening " + root, () -> {
            Files.createDirectories(root);
            return lock.take();
        });
    }

    static String holder(LockFile lock, Disk disk) throws IOException {
        return disk.run("reading a lock", lock::holder);
    }

    /** Returns the error for a root directory that cannot be used. */
    static StartException unusable(Path root, IOException e) {
        // The class name of a java.nio exception has the reason, and its message often only the path.
        String what = e.getClass().getSimpleName().replaceFirst("Exception$", "");
        return new StartException("--root " + root + ": cannot be used (" + what + ": " + e.getMessage()
                + "); legal is a directory that can be written to");
    }
}
