package vmtestd.preflight;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.Node;
import vmtestd.preflight.CheckResult.Mark;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/**
 * Checks whether a run could start. Deploys nothing and changes nothing.
 *
 * <p>It takes at most 4 s, whatever is down or hangs: {@link NodePreflight#TIME} for the node, then the rest,
 * which is at least {@link RootPreflight#TIME}, for the root directory.
 *
 * @param nodeUntil returns the node; the deadline bounds all that is done with it, including the cancelling
 *     of requests that were not answered
 * @param root need not exist
 * @param settings the settings of the run
 * @param results receives each result as soon as it is known: one for each subject, in their order
 */
public record Preflight(Function<Deadline, Node> nodeUntil, Path root, Settings settings, Clock clock, StopSignal stop,
        Consumer<CheckResult> results) {
    /**
     * Checks everything.
     *
     * @return whether a run could start: nothing failed
     * @throws InterruptedException if a stop was requested; no request is left on a queue then
     */
    public boolean run() throws InterruptedException {
        Set<Mark> marks = EnumSet.noneOf(Mark.class);
        Consumer<CheckResult> report = result -> {
            marks.add(result.mark());
            results.accept(result);
        };
        stop.allowInterrupt();
        try {
            Deadline end = Deadline.in(clock, NodePreflight.TIME.plus(RootPreflight.TIME));
            List<String> running = new NodePreflight(nodeUntil, settings, clock, stop, report).check();
            new RootPreflight(root, settings, nodeUntil.apply(end).proc(), clock).check(running, end).forEach(report);
            return !marks.contains(Mark.FAILED);
        } finally {
            stop.forbidInterrupt();
        }
    }
}
