package vmtestd.run;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import vmtestd.cleanup.StepException;
import vmtestd.cleanup.TimedLookup;
import vmtestd.node.GuestWatch;
import vmtestd.node.Node;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** The guest of the VM under test, as the host sees it. A look that does not return holds nothing up. */
public final class Guest {
    /** A look takes some 20 ms; reading the console, 2 s. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(5);

    private final Node node;
    private final Clock clock;
    private final GuestWatch watch;
    /** Why no look is taken any more; null while looks return. */
    private GuestWatch.NotObservable stuck;

    /** @param vm the name of a VM that vmd's Run has returned for */
    Guest(Node node, String vm, Clock clock) {
        this.node = node;
        this.clock = clock;
        watch = new GuestWatch(node.proc(), vm);
    }

    /** Looks at the guest once. */
    GuestWatch.State look() throws InterruptedException {
        if (stuck != null) {
            return stuck;
        }
        try {
            return TimedLookup.lookUp("/proc", watch::look, Deadline.in(clock, LONGEST_LOOK));
        } catch (StepException e) {
            stuck = new GuestWatch.NotObservable(e.getMessage());
            return stuck;
        }
    }

    /** Returns whether a look has found the VM's hypervisor. */
    boolean isFound() {
        return watch.hypervisor() != null;
    }

    /**
     * Returns the last lines of the guest's serial console, without control characters; empty if there are none.
     *
     * @param listener is warned if the console cannot be read
     */
    List<String> console(RunListener listener) throws InterruptedException {
        if (stuck != null || watch.hypervisor() == null) {
            return List.of();
        }
        try {
            return node.console().tail(watch.hypervisor());
        } catch (IOException e) {
            listener.warn("the guest's console cannot be read: " + e.getMessage());
            return List.of();
        }
    }
}
