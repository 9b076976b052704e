package vmtestd.check;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import vmtestd.time.Deadline;

/**
 * Looks something up in a mount, with a deadline. A mount whose server is stuck answers never, and
 * nothing can interrupt a thread that waits for it; so that thread is another one, which is left
 * behind then until the mount is gone.
 */
final class Bounded {
    private Bounded() {}

    /**
     * Does a look-up.
     *
     * @param what what is looked at, for people
     * @throws CheckException what the look-up throws, or a timeout
     */
    static <T> T lookUp(String what, Callable<T> action, Deadline deadline) throws CheckException, InterruptedException {
        if (deadline.passed()) {
            throw new CheckException(Cause.TIMEOUT, "no time was left to look at " + what);
        }
        FutureTask<T> task = new FutureTask<>(action);
        Thread thread = new Thread(task, "look-up");
        // It must not keep the process from ending.
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(deadline.left().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new CheckException(Cause.TIMEOUT, what + " cannot be read: its file system does not answer");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CheckException known) {
                throw known;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
