package vmtestd.cleanup;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import vmtestd.time.Detached;
import vmtestd.time.GoDuration;

/**
 * Runs file operations one at a time, each on a thread of its own, and limits the wait. A disk that hangs blocks the thread
 * and ignores interrupts. Until that operation returns all others fail at once, so that at most one thread is stuck and
 * no later write can overtake an earlier one.
 */
public final class Disk {
    /** The wait is counted in slices, so that the time for which this process is stopped counts as one slice. */
    private static final int SLICE_MS = 100;
    /** Two seconds. */
    private static final int SLICES_AFTER_STOP = 20;

    /** A file operation. */
    public interface Work<T> {
        T run() throws IOException;
    }

    private final Duration timeout;
    private final StopSignal stop;
    private FutureTask<?> last;
    private String lastName;

    /** @param timeout of an operation. A stop request cuts it to 2 s */
    public Disk(Duration timeout, StopSignal stop) {
        this.timeout = timeout;
        this.stop = stop;
    }

    /**
     * Runs an operation and waits for it. An interrupt does not end the wait, and is kept for the caller.
     *
     * @param name the operation in an error message, such as {@code writing the journal}
     * @throws InterruptedIOException if a stop request cut the wait
     * @throws IOException from the operation, or if it does not return in time
     */
    public synchronized <T> T run(String name, Work<T> operation) throws IOException {
        if (last != null && !last.isDone()) {
            throw new IOException(lastName + " has not finished yet: the disk does not answer");
        }
        FutureTask<T> task;
        try {
            task = Detached.start("disk", operation::run);
        } catch (OutOfMemoryError e) {
            throw new IOException("no thread for " + name + ": " + e.getMessage(), e);
        }
        last = task;
        lastName = name;
        boolean interrupted = false;
        long slices = Math.max(1, timeout.toMillis() / SLICE_MS);
        try {
            while (true) {
                try {
                    return task.get(SLICE_MS, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (TimeoutException e) {
                    boolean stopped = stop.requested();
                    slices = Math.min(slices - 1, stopped ? SLICES_AFTER_STOP : Long.MAX_VALUE);
                    if (slices <= 0) {
                        throw stopped ? new InterruptedIOException(name + " had not finished 2s after the stop")
                                : new IOException(name + " has not finished within " + GoDuration.format(timeout) + ": the disk does not answer");
                    }
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException known) {
                throw known;
            }
            // For the caller, who still has to clean up, a lack of memory is a failed operation too.
            throw new IOException(name + " failed: " + e.getCause(), e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
