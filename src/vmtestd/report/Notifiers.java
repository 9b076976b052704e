package vmtestd.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.Node;
import vmtestd.node.NodeException;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/**
 * Tells ZOS's own channels how each run ended, on a thread of its own that is there only while there is
 * something to tell: a channel that hangs holds no run up. Of results that come meanwhile, the last one
 * is told. A run that was told to stop says nothing of the node, and nobody is told of it.
 */
public final class Notifiers implements RunListener {
    /** Where a node's results are looked for. */
    public enum Channel {
        /** The Redis key {@code perf.vmtest}, which noded serves to the grid. */
        PERF,
        /** The file {@code /tmp/flags/vm-test-failed}, there while the last run has failed. */
        FLAG,
        /** The console screen: {@code PushErrors}, an empty list after a pass. The last, for it may hang. */
        ZUI;

        /** The word in {@code --report}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Where the flag belongs on a node. */
    public static final Path FLAG_FILE = Path.of("/tmp/flags/vm-test-failed");
    private static final String TASK = "vmtest";
    private static final Duration BRIEF = Duration.ofSeconds(3);
    /** Two results on their way, and each channel's deadline with what a client needs to take back and explain. */
    private static final Duration LONGEST = Duration.ofMinutes(1);
    /** A call that was broken off may be answered later, and nobody deletes that answer for five minutes. */
    private static final Duration GRACE = Duration.ofMillis(200);
    /** To take back what is on a queue. */
    private static final Duration BROKEN_OFF = Duration.ofSeconds(10);
    private static final Duration IDLE = Duration.ofSeconds(5);

    private final Set<Channel> channels;
    private final Node node;
    private final FlagFile flag;
    private final Duration expiry;
    private final Clock clock;
    private final Consumer<String> complaints;
    /** Those that failed last time, of which one complaint is enough. */
    private final Set<Channel> failing = EnumSet.noneOf(Channel.class);
    private final ThreadPoolExecutor executor = new ThreadPoolExecutor(1, 1, IDLE.toMillis(), TimeUnit.MILLISECONDS,
            new ArrayBlockingQueue<>(1), task -> new Thread(task, "channels"), new ThreadPoolExecutor.DiscardOldestPolicy());

    /**
     * @param node for these reports alone
     * @param flagFile {@link #FLAG_FILE}
     * @param expiry how long a result in Redis is of use
     * @param complaints is told of a channel that fails, once until it works again; on any thread
     */
    public Notifiers(Set<Channel> channels, Node node, Path flagFile, Duration expiry, Clock clock, Consumer<String> complaints) {
        this.channels = channels;
        this.node = node;
        this.flag = new FlagFile(flagFile);
        this.expiry = expiry;
        this.clock = clock;
        this.complaints = complaints;
        executor.allowCoreThreadTimeOut(true);
    }

    @Override
    public void runEnded(RunReport report) {
        HistoryEntry run = HistoryEntry.of(report);
        if (run.result() != HistoryEntry.Result.INTERRUPTED && !channels.isEmpty()) {
            executor.execute(() -> tell(run));
        }
    }

    /**
     * Lets the reports that are under way end, each of which has its deadline. A stop gives them
     * a moment and then breaks them off: what they have put on a queue is taken back.
     */
    public void finish(StopSignal stop) throws InterruptedException {
        executor.shutdown();
        if (executor.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
            return;
        }
        stop.allowInterrupt();
        try {
            Deadline deadline = Deadline.in(clock, LONGEST);
            while (!executor.awaitTermination(deadline.nextWait(), TimeUnit.MILLISECONDS) && !deadline.expired()) {
                // Their own deadlines end them.
            }
        } catch (InterruptedException e) {
            executor.shutdownNow();
        } finally {
            stop.forbidInterrupt();
        }
        executor.awaitTermination(BROKEN_OFF.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void tell(HistoryEntry run) {
        try {
            for (Channel channel : channels) {
                tell(channel, run);
            }
            node.broker().disconnect();
        } catch (InterruptedException e) {
            // Abandoned: the thread ends.
            Thread.currentThread().interrupt();
        }
    }

    private void tell(Channel channel, HistoryEntry run) throws InterruptedException {
        try {
            Deadline deadline = Deadline.in(clock, BRIEF);
            switch (channel) {
                case ZUI -> node.zui().pushErrors(TASK, errors(run), deadline);
                case PERF -> node.broker().set("perf." + TASK, perf(run).getBytes(StandardCharsets.UTF_8), expiry, deadline);
                case FLAG -> {
                    if (run.failed()) {
                        flag.set();
                    } else {
                        flag.clear();
                    }
                }
            }
            failing.remove(channel);
        } catch (NodeException | IOException | RuntimeException e) {
            if (failing.add(channel)) {
                complaints.accept("the result cannot be told to " + channel + ": "
                        + (e instanceof NodeException ? e.getMessage() : e.toString()) + "; not said again until it can");
            }
        }
    }

    private static List<String> errors(HistoryEntry run) {
        return run.failed() ? List.of("vm test failed at " + run.failure().step() + " (" + run.failure().cause() + "): "
                + run.failure().detail()) : List.of();
    }

    /** As noded's own performance tests put their results there. */
    private static String perf(HistoryEntry run) {
        return Json.of(Json.object("name", TASK, "description", "deploys a VM, sees that it lives, and removes it",
                "timestamp", run.ended().getEpochSecond(), "result", run.toJson()));
    }
}
