package vmtestd.check;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import vmtestd.node.Node;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/**
 * Looks whether a run could start, deploys nothing, and changes nothing. For one use, on one thread.
 *
 * <p>It takes 4 s at most, whatever is down or hangs: {@link NodeReadiness#TIME} for the node, and then what is
 * left for the root folder, {@link RootReadiness#TIME} at least.
 */
public final class Readiness {
    private final NodeReadiness node;
    private final RootReadiness root;
    private final Clock clock;
    private final StopSignal stop;
    private final Consumer<Finding> findings;
    private boolean ready = true;

    /**
     * @param nodeUntil gives the node; the deadline bounds all that is done with it, and the taking back of
     *     what it did not answer
     * @param root may not be there yet
     * @param settings those of the run
     * @param findings is told of each finding as soon as it is known: one for each subject, in their order
     */
    public Readiness(Function<Deadline, Node> nodeUntil, Path root, Settings settings, Clock clock, StopSignal stop,
            Consumer<Finding> findings) {
        this.node = new NodeReadiness(nodeUntil, settings.timeout(), settings.bootTimeout(), clock, stop, this::tell);
        this.root = new RootReadiness(root, settings, clock, this::tell);
        this.clock = clock;
        this.stop = stop;
        this.findings = findings;
    }

    /**
     * Looks at everything.
     *
     * @return whether a run could start: nothing has failed
     * @throws InterruptedException where a stop was requested; no request is left on a queue then
     */
    public boolean run() throws InterruptedException {
        stop.allowInterrupt();
        try {
            Deadline end = Deadline.in(clock, NodeReadiness.TIME.plus(RootReadiness.TIME));
            List<String> running = node.look();
            root.look(running, end);
            return ready;
        } finally {
            stop.forbidInterrupt();
        }
    }

    private void tell(Finding finding) {
        ready &= finding.mark() != Finding.Mark.FAILED;
        findings.accept(finding);
    }
}
