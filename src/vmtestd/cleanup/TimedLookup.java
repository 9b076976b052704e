package vmtestd.cleanup;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import vmtestd.time.Deadline;
import vmtestd.time.Detached;

/** A look at a file system that may not answer, such as a mounted flist. */
public final class TimedLookup {
    private TimedLookup() {}

    /**
     * Runs a look-up on a thread of its own, which is abandoned at the deadline.
     *
     * @param what the file system's path, for an error message
     * @throws StepException from the look-up; with {@code TIMEOUT} at the deadline, {@code LOCAL_ERROR} for an IOException
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
            if (e.getCause() instanceof StepException known) {
                throw known;
            }
            if (e.getCause() instanceof IOException unreadable) {
                throw new StepException(Cause.LOCAL_ERROR, unreadable.getMessage());
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
