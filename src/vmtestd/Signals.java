package vmtestd;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import vmtestd.cleanup.StopSignal;
import vmtestd.cli.Terminal;
import vmtestd.report.NonBlockingOutput;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/**
 * What SIGTERM, SIGINT and SIGHUP do: the first has the run in progress cleaned up, and the process
 * ends when that is done; the second ends it at once.
 *
 * <p>The JDK tells of a signal only by running its shutdown hooks, and of a second one not at all. But
 * each signal gets a thread named after it, which then waits for the shutdown to end: that thread is
 * what is looked for here.
 */
final class Signals {
    private static final long LOOK_EVERY_MS = 50;
    /** For the last lines of each stream after a second signal. */
    private static final Duration LAST_LINES = Duration.ofMillis(150);
    /** 128 and the signal's number, as a shell reports it. */
    private static final Map<String, Integer> STATUS = Map.of(
            "SIGHUP handler", 129, "SIGINT handler", 130, "SIGTERM handler", 143);

    private final StopSignal stop;
    private final NonBlockingOutput stdout;
    private final NonBlockingOutput stderr;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile int status;

    /** @param stderr what {@link System#err} prints to */
    Signals(StopSignal stop, NonBlockingOutput stdout, NonBlockingOutput stderr) {
        this.stop = stop;
        this.stdout = stdout;
        this.stderr = stderr;
    }

    /** From here on, signals stop the run, and the process ends with the status that {@link #ended} gets. */
    void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::shutDown, "shutdown"));
    }

    /** The program has done all it had to. */
    void ended(int exitStatus) {
        status = exitStatus;
        ended.countDown();
    }

    private void shutDown() {
        stop.request();
        Runtime.getRuntime().halt(awaitEnd());
    }

    /** The status to end with: the program's own, or that of a second signal. */
    private int awaitEnd() {
        try {
            while (!ended.await(LOOK_EVERY_MS, TimeUnit.MILLISECONDS)) {
                Thread second = newestOfTwoSignals();
                if (second != null) {
                    stdout.awaitWritten(Deadline.in(Clock.system(), LAST_LINES));
                    // Below the line of a step that is still being drawn.
                    System.err.println((Terminal.isThere(System.getenv()) ? "\n" : "")
                            + "vmtestd: ended at once; what it has left, the next run removes, or vmtestd --sweep");
                    stderr.awaitWritten(Deadline.in(Clock.system(), LAST_LINES));
                    return STATUS.get(second.getName());
                }
            }
            return status;
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    private static Thread newestOfTwoSignals() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) {
            group = group.getParent();
        }
        Thread[] threads = new Thread[group.activeCount() + 16];
        int count = group.enumerate(threads);
        Thread newest = null;
        int signals = 0;
        for (int i = 0; i < count; i++) {
            if (STATUS.containsKey(threads[i].getName())) {
                signals++;
                newest = newest == null || threads[i].getId() > newest.getId() ? threads[i] : newest;
            }
        }
        return signals > 1 ? newest : null;
    }
}
