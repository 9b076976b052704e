package vmtestd.cleanup;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import vmtestd.time.GoDuration;

/**
 * Runs file operations one at a time, each on a thread of its own with a limit on the wait. A disk that
 * hangs blocks a thread where nothing can interrupt it. Until that operation returns, all others fail at
 * once, so at most one thread is stuck, and no later write can overtake an earlier one.
 */
public final class Disk {
    /** The wait is counted in slices, so time in which this process did not run costs the disk one slice only. */
    private static final Duration SLICE = Duration.ofMillis(100);
    /** After a stop request: enough for a disk that is merely busy, and short enough to end in time. */
    private static final int SLICES_AFTER_STOP = 20;

    /** A file operation. */
    public interface Work<T> {
        T run() throws IOException;
    }

    private final Duration patience;
    private final StopSignal stop;
    private FutureTask<?> last;
    private String lastName;

    /** @param patience how long an operation may take; a stop request cuts it to 2 s */
    public Disk(Duration patience, StopSignal stop) {
        this.patience = patience;
        this.stop = stop;
    }

    /**
     * Runs an operation and waits for it. An interrupt does not end the wait, and is kept for the caller.
     *
     * @param name the operation in an error message, such as {@code writing the journal}
     * @throws InterruptedIOException if a stop request cut the wait
     * @throws IOException from the operation, or if it does not return in time
     */
    public synchronized <T> T run(String name, Work<T> work) throws IOException {
        if (last != null && !last.isDone()) {
            throw new IOException(lastName + " has not finished yet: the disk does not answer");
        }
        FutureTask<T> task = new FutureTask<>(work::run);
        Thread thread = new Thread(task, "disk");
        // It must not keep the process from ending.
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            throw new IOException("no thread for " + name + ": " + e.getMessage(), e);
        }
        last = task;
        lastName = name;
        return await(task, name);
    }

    private <T> T await(FutureTask<T> task, String name) throws IOException {
        boolean interrupted = false;
        try {
            long slices = Math.max(1, patience.toMillis() / SLICE.toMillis());
            while (true) {
                try {
                    return task.get(SLICE.toMillis(), TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (TimeoutException e) {
                    boolean stopped = stop.requested();
                    slices = stopped ? Math.min(slices - 1, SLICES_AFTER_STOP) : slices - 1;
                    if (slices <= 0 && stopped) {
                        throw new InterruptedIOException(name + " had not finished 2s after the stop");
                    }
                    if (slices <= 0) {
                        throw new IOException(name + " has not finished within " + GoDuration.format(patience) + ": the disk does not answer");
                    }
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException known) {
                throw known;
            }
            // A lack of memory too is a failed operation for the caller, who still has to clean up.
            throw new IOException(name + " failed: " + e.getCause(), e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
