package vmtestd.time;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs an action that may block forever and ignore interrupts, such as a host name lookup or a read from a file system
 * whose server hangs. It runs on a daemon thread, which is abandoned if the deadline passes first.
 */
public final class Detached {
    private Detached() {}

    /**
     * Runs an action and waits for its result.
     *
     * @param name the name of the thread
     * @throws ExecutionException with what the action threw
     * @throws TimeoutException if the deadline passed first
     */
    public static <T> T call(String name, Callable<T> action, Deadline deadline)
            throws ExecutionException, TimeoutException, InterruptedException {
        FutureTask<T> task = start(name, action);
        while (true) {
            try {
                return task.get(deadline.nextWait(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (deadline.expired()) {
                    throw e;
                }
            }
        }
    }

    /** Starts an action without waiting for it. */
    public static <T> FutureTask<T> start(String name, Callable<T> action) {
        FutureTask<T> task = new FutureTask<>(action);
        Thread thread = new Thread(task, name);
        // It must not keep the process from ending.
        thread.setDaemon(true);
        thread.start();
        return task;
    }
}
