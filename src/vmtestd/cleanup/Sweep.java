package vmtestd.cleanup;

import java.util.List;
import vmtestd.node.Node;
import vmtestd.node.NodeException;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** Removes what earlier runs have left, what was kept too, and does nothing else. */
public final class Sweep {
    private final Node node;
    private final Settings settings;
    private final Journal journal;
    private final Clock clock;
    private final StopSignal stop;
    private final CleanupListener listener;

    /** @param listener is told of each leftover that was removed, and of what kept one from it */
    public Sweep(Node node, Settings settings, Journal journal, Clock clock, StopSignal stop, CleanupListener listener) {
        this.node = node;
        this.settings = settings;
        this.journal = journal;
        this.clock = clock;
        this.stop = stop;
        this.listener = listener;
    }

    /**
     * Removes all leftovers.
     *
     * @return whether none is left
     * @throws InterruptedException where a stop was requested; what was begun is finished
     */
    public boolean run() throws InterruptedException {
        try {
            stop.allowInterrupt();
            node.broker().connect(Deadline.in(clock, settings.queryTimeout()));
            List<String> running = node.vmd().list(Deadline.in(clock, settings.queryTimeout()));
            stop.forbidInterrupt();
            Remover remover = new Remover(node, settings, clock, stop, listener);
            int removed = new Leftovers(remover, settings, journal, clock, listener).remove(running, false, stop);
            if (removed == 0) {
                listener.warn("nothing is left over");
            }
            return true;
        } catch (NodeException | StepException e) {
            listener.warn(e.getMessage());
            return false;
        } finally {
            stop.forbidInterrupt();
            node.broker().disconnect();
        }
    }
}
