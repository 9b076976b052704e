package vmtestd.cleanup;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import vmtestd.time.Deadline;
import vmtestd.time.Detached;
import vmtestd.time.GoDuration;

/**
 * Runs file operations on threads of their own and limits the wait, because a file system that hangs blocks the thread and
 * ignores interrupts.
 */
public final class Disk {
    /** The wait is counted in slices, so that the time for which this process is stopped counts as one slice. */
    private static final int SLICE_MS = 100;
    private static final long AFTER_STOP_MS = 2_000;

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
     * Runs an operation and waits for it. If it hangs, all others fail at once until it returns, so that at most one thread
     * is stuck and no later write can overtake an earlier one. An interrupt does not end the wait, and is kept for the caller.
     *
     * @param name the operation in an error message, such as {@code writing the journal}
     * @throws InterruptedIOException if a stop request cut the wait
     * @throws IOException from the operation, or if it does not return in time
     */
    public synchronized <T> T run(String name, Callable<T> operation) throws IOException {
        if (last != null && !last.isDone()) {
            throw new IOException(lastName + " has not finished yet: the disk does not answer");
        }
        lastName = name;
        boolean interrupted = false;
        try {
            FutureTask<T> task = Detached.start("disk", operation);
            last = task;
            for (long left = timeout.toMillis(); left > 0; left -= SLICE_MS) {
                try {
                    return task.get(SLICE_MS, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (TimeoutException e) {
                    left = stop.requested() ? Math.min(left, AFTER_STOP_MS) : left;
                }
            }
            throw stop.requested() ? new InterruptedIOException(name + " had not finished 2s after the stop")
                    : new IOException(name + " has not finished within " + GoDuration.format(timeout) + ": the disk does not answer");
        } catch (ExecutionException | OutOfMemoryError e) {
            // For the caller, who still has to clean up, a lack of memory or threads is a failed operation too.
            Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
            throw cause instanceof IOException known ? known : new IOException(name + " failed: " + cause, cause);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Looks at a file system that may not answer, such as a mounted flist. The thread is abandoned at the deadline.
     *
     * @param what the file system's path, for an error message
     * @throws StepException from the look-up; with {@code TIMEOUT} at the deadline, {@code LOCAL_ERROR} for any other exception
     */
    public static <T> T lookUp(String what, Callable<T> action, Deadline deadline) throws StepException, InterruptedException {
        if (deadline.expired()) {
            throw new StepException(Cause.TIMEOUT, "no time was left to look at " + what);
        }
        try {
            return Detached.call("look-up", action, deadline);
        } catch (TimeoutException e) {
            throw new StepException(Cause.TIMEOUT, what + " cannot be read: its file system does not answer");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StepException known ? known : new StepException(Cause.LOCAL_ERROR,
                    e.getCause() instanceof IOException unreadable ? unreadable.getMessage() : e.getMessage());
        }
    }
}
