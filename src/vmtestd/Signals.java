package vmtestd;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import vmtestd.cleanup.StopSignal;
import vmtestd.cli.Terminal;
import vmtestd.report.NonBlockingOutput;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/**
 * Ends the process. The first SIGTERM, SIGINT or SIGHUP requests a stop, and the process ends when the program has
 * cleaned up; the second signal ends it at once.
 *
 * <p>The JDK runs shutdown hooks at the first signal, and offers no way to observe a second one. But it starts a
 * thread for each signal, named after it, which waits for the end of the shutdown. Two of them are two signals.
 */
final class Signals {
    private static final long POLL_MS = 50;
    /** For the last lines of each stream. */
    private static final Duration LAST_OUTPUT = Duration.ofMillis(250);
    /** 128 and the number of the signal, as a shell reports it. */
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

    /** Starts to observe signals. From now on only {@link #exit} or a second signal ends the process. */
    void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::shutDown, "shutdown"));
    }

    /** Ends the process when its output is written, or cannot be. */
    void exit(int exitStatus) {
        status = exitStatus;
        ended.countDown();
        System.exit(exitStatus);
    }

    private void shutDown() {
        stop.request();
        try {
            int second = 0;
            while (second == 0 && !ended.await(POLL_MS, TimeUnit.MILLISECONDS)) {
                second = secondSignal();
            }
            stdout.awaitWritten(Deadline.in(Clock.system(), LAST_OUTPUT));
            if (second != 0) {
                status = second;
                // Below the line of a step that is still being drawn.
                System.err.println((Terminal.isThere(System.getenv()) ? "\n" : "")
                        + "vmtestd: ended at once; the next run, or vmtestd --sweep, removes what is left");
            }
            stderr.awaitWritten(Deadline.in(Clock.system(), LAST_OUTPUT));
        } catch (InterruptedException e) {
            throw new IllegalStateException("nothing interrupts this thread", e);
        }
        Runtime.getRuntime().halt(status);
    }

    /** Returns the status of the latest signal if there was more than one, otherwise 0. */
    private static int secondSignal() {
        TreeMap<Long, Integer> signals = new TreeMap<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (STATUS.containsKey(thread.getName())) {
                signals.put(thread.getId(), STATUS.get(thread.getName()));
            }
        }
        return signals.size() > 1 ? signals.lastEntry().getValue() : 0;
    }
}
