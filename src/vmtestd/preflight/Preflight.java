package vmtestd.preflight;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.Node;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/**
 * Looks whether a run could start, deploys nothing, and changes nothing. For one use, on one thread.
 *
 * <p>It takes 4 s at most, whatever is down or hangs: {@link NodePreflight#TIME} for the node, and then what is
 * left for the root folder, {@link RootPreflight#TIME} at least.
 */
public final class Preflight {
    private final NodePreflight node;
    private final RootPreflight root;
    private final Clock clock;
    private final StopSignal stop;
    private final Consumer<CheckResult> findings;
    private boolean ready = true;

    /**
     * @param nodeUntil gives the node; the deadline bounds all that is done with it, and the taking back of
     *     what it did not answer
     * @param root may not be there yet
     * @param settings those of the run
     * @param findings is told of each finding as soon as it is known: one for each subject, in their order
     */
    public Preflight(Function<Deadline, Node> nodeUntil, Path root, Settings settings, Clock clock, StopSignal stop,
            Consumer<CheckResult> findings) {
        this.node = new NodePreflight(nodeUntil, settings.timeout(), settings.bootTimeout(), clock, stop, this::tell);
        this.root = new RootPreflight(root, settings, clock, this::tell);
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
            Deadline end = Deadline.in(clock, NodePreflight.TIME.plus(RootPreflight.TIME));
            List<String> running = node.look();
            root.look(running, end);
            return ready;
        } finally {
            stop.forbidInterrupt();
        }
    }

    private void tell(CheckResult finding) {
        ready &= finding.mark() != CheckResult.Mark.FAILED;
        findings.accept(finding);
    }
}
