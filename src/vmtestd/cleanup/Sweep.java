package vmtestd.cleanup;

import java.util.List;
import vmtestd.node.Node;
import vmtestd.zbus.ZbusException;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** Removes what earlier runs have left, what was kept too, and does nothing else. */
public final class Sweep {
    private final Node node;
    private final Settings settings;
    private final Journal journal;
    private final Clock clock;
    private final StopSignal stop;
    private final CleanupListener observer;

    /** @param observer is told of each leftover that was removed, and of what kept one from it */
    public Sweep(Node node, Settings settings, Journal journal, Clock clock, StopSignal stop, CleanupListener observer) {
        this.node = node;
        this.settings = settings;
        this.journal = journal;
        this.clock = clock;
        this.stop = stop;
        this.observer = observer;
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
            Remover removal = new Remover(node, settings, clock, stop, observer);
            int removed = new Leftovers(removal, settings, journal, clock, observer).remove(running, false, stop);
            if (removed == 0) {
                observer.warn("nothing is left over");
            }
            return true;
        } catch (ZbusException | CheckException e) {
            observer.warn(e.getMessage());
            return false;
        } finally {
            stop.forbidInterrupt();
            node.broker().close();
        }
    }
}
