package vmtestd.cleanup;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import vmtestd.time.Deadline;
import vmtestd.time.Detached;

/** Looks something up in a mount, with a deadline. */
public final class TimedLookup {
    private TimedLookup() {}

    /**
     * Does a look-up.
     *
     * @param what what is looked at, for people
     * @throws StepException what the look-up throws, or a timeout
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
