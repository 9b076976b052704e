package vmtestd.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import vmtestd.cleanup.Scenario;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.Node;
import vmtestd.run.Failure;
import vmtestd.run.RunReport;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.ZbusException;

/**
 * Publishes each run's result to ZOS on a background thread that exits when idle, so that a channel that hangs does not
 * delay a run. Of results that arrive while one is being published, only the last is kept. The result of a run that was
 * told to stop says nothing about the node and is not published.
 */
public final class Notifiers {
    /** Where results are published. */
    public enum Channel {
        /** The Redis key {@code perf.vmtest}, which noded serves to the grid. */
        PERF,
        /** The file {@code /tmp/flags/vm-test-failed}, which exists while the last run failed. */
        FLAG,
        /** The console screen, by {@code PushErrors}; an empty list after a pass. Last, because it may hang. */
        ZUI;

        /** The name in {@code --report}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static final Path FLAG_FILE = Path.of("/tmp/flags/vm-test-failed");
    private static final String TASK = "vmtest";
    /** For one result on one channel. */
    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    private final Set<Channel> channels;
    private final Node node;
    private final Path flag;
    private final Duration expiry;
    private final Clock clock;
    private final Consumer<String> warnings;
    /** The last verdict of each scenario. */
    private final Map<Scenario, HistoryEntry> verdicts = new EnumMap<>(Scenario.class);
    /** Channels whose last result could not be published. */
    private final Set<Channel> failing = EnumSet.noneOf(Channel.class);
    private final ThreadPoolExecutor executor = new ThreadPoolExecutor(1, 1, 5, TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(1), task -> new Thread(task, "notifiers"), new ThreadPoolExecutor.DiscardOldestPolicy());

    /**
     * @param node used by the background thread only
     * @param flag {@link #FLAG_FILE}
     * @param expiry of the key in Redis
     * @param warnings called on the background thread when a channel begins to fail
     */
    public Notifiers(Set<Channel> channels, Node node, Path flag, Duration expiry, Clock clock, Consumer<String> warnings) {
        this.channels = channels;
        this.node = node;
        this.flag = flag;
        this.expiry = expiry;
        this.clock = clock;
        this.warnings = warnings;
        executor.allowCoreThreadTimeOut(true);
    }

    public void runEnded(RunReport report) {
        HistoryEntry run = HistoryEntry.of(report, "");
        if (run.result() != HistoryEntry.Result.INTERRUPTED && !channels.isEmpty()) {
            verdicts.put(run.scenario(), run);
            List<String> errors = new ArrayList<>();
            for (HistoryEntry verdict : verdicts.values()) {
                if (verdict.failed()) {
                    Failure failure = verdict.failure();
                    errors.add("vm test failed at " + failure.step() + " (" + failure.cause() + "): " + failure.detail());
                }
            }
            executor.execute(() -> publish(run, errors));
        }
    }

    /** Waits until all results are published. A stop allows 200 ms for that, then cancels queued requests. */
    public void finish(StopSignal stop) throws InterruptedException {
        executor.shutdown();
        // The reply to an abandoned call stays in Redis for five minutes.
        executor.awaitTermination(200, TimeUnit.MILLISECONDS);
        stop.allowInterrupt();
        try {
            // For two results on all channels, including what the client does after a timeout.
            executor.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            // Told to stop.
        } finally {
            stop.forbidInterrupt();
        }
        executor.shutdownNow();
        executor.awaitTermination(10, TimeUnit.SECONDS);
    }

    /** @param errors one for each scenario that failed in its last run */
    private void publish(HistoryEntry run, List<String> errors) {
        try {
            for (Channel channel : channels) {
                publish(run, errors, channel);
            }
            node.broker().close();
        } catch (InterruptedException e) {
            // Told to stop: this was the last task.
        }
    }

    private void publish(HistoryEntry run, List<String> errors, Channel channel) throws InterruptedException {
        Deadline deadline = Deadline.in(clock, TIMEOUT);
        try {
            switch (channel) {
                case ZUI -> node.zui().pushErrors(TASK, errors, deadline);
                case PERF -> node.broker().set("perf." + TASK, perf(run).getBytes(StandardCharsets.UTF_8), expiry, deadline);
                case FLAG -> setFlag(!errors.isEmpty());
            }
            failing.remove(channel);
        } catch (ZbusException | IOException | RuntimeException e) {
            if (failing.add(channel)) {
                warnings.accept("cannot publish the result to " + channel + ": "
                        + (e instanceof ZbusException ? e.getMessage() : e) + "; not logged again until it works");
            }
        }
    }

    /** Creates or removes the file itself: a link in its place is not followed. */
    private void setFlag(boolean failed) throws IOException {
        if (!failed) {
            Files.deleteIfExists(flag);
        } else if (!Files.exists(flag, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(flag.getParent());
            Files.createFile(flag);
        }
    }

    /** In the form of noded's own performance tests, in at most 4 KB. The grid's explorers have no use for consoles. */
    private static String perf(HistoryEntry run) {
        return Json.of(Json.object("name", TASK, "description", "deploys a VM, checks that it runs, and removes it",
                "timestamp", run.ended().getEpochSecond(), "result", run.withoutTexts().toJson()));
    }
}
