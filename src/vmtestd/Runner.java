package vmtestd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.LockFile;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StopSignal;
import vmtestd.cleanup.Sweep;
import vmtestd.node.Node;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.run.TestCycle;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/**
 * Does runs in a root folder: one at a time, even where several processes share the folder. The lock
 * is held for the length of a run, and the journal is read under it.
 */
final class Runner {
    private static final Duration LOOK_EVERY = Duration.ofMillis(200);

    private final Path root;
    private final Disk disk;
    private final LockFile lock;
    private final Node node;
    private final Settings settings;
    private final Clock clock;
    private final StopSignal stop;
    private final RunListener listener;

    /** @param disk does all the work in {@code root} */
    Runner(Path root, Disk disk, Node node, Settings settings, Clock clock, StopSignal stop, RunListener listener) {
        this.root = root;
        this.disk = disk;
        lock = new LockFile(root.resolve("run.lock"));
        this.node = node;
        this.settings = settings;
        this.clock = clock;
        this.stop = stop;
        this.listener = listener;
    }

    /**
     * Does one run, after the one that another process may be doing.
     *
     * @throws StartException where the root folder cannot be used, or the other run does not end
     * @throws InterruptedException where a stop was requested before this run began
     */
    RunReport run() throws StartException, InterruptedException {
        return withRunLock(journal -> new TestCycle(node, settings, journal, clock, stop, listener).run());
    }

    /**
     * Removes what earlier runs have left; gives whether none is left.
     *
     * @throws StartException as {@link #run}
     * @throws InterruptedException where a stop was requested
     */
    boolean sweep() throws StartException, InterruptedException {
        return withRunLock(journal -> new Sweep(node, settings, journal, clock, stop, listener).run());
    }

    private interface Work<T> {
        T with(Journal journal) throws InterruptedException;
    }

    /** Does something under the run lock, with the journal as the last holder left it. */
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
        if (take(root, lock, disk)) {
            return;
        }
        listener.warn("waiting for the run of " + holder(lock, disk));
        while (!take(root, lock, disk)) {
            if (deadline.expired()) {
                throw new StartException("--root " + root + ": " + holder(lock, disk)
                        + " has been at its run for longer than one can last");
            }
            pause();
        }
    }

    /** While a write to the journal hangs, the lock stays: another process must not write to it meanwhile. */
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

    /** Takes a lock in the root directory unless another process holds it. The directory is made each time: somebody may have removed it. */
    static boolean take(Path root, LockFile lock, Disk disk) throws IOException {
        return disk.run("opening " + root, () -> {
            Files.createDirectories(root);
            return lock.take();
        });
    }

    static String holder(LockFile lock, Disk disk) throws IOException {
        return disk.run("reading a lock", lock::holder);
    }

    private void pause() throws InterruptedException {
        stop.allowInterrupt();
        try {
            clock.sleep(LOOK_EVERY);
        } finally {
            stop.forbidInterrupt();
        }
    }

    /** What a failure in the root folder means to the person who chose it. */
    static StartException unusable(Path root, IOException e) {
        // An exception of java.nio has its meaning in its name, and little more than the path in its message.
        String what = e.getClass().getSimpleName().replaceFirst("Exception$", "");
        return new StartException("--root " + root + ": cannot be used (" + what + ": " + e.getMessage()
                + "); legal is a folder that can be written to");
    }
}
