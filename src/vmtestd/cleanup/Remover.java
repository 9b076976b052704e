package vmtestd.cleanup;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import vmtestd.node.Node;
import vmtestd.node.NodeException;
import vmtestd.node.ProcFs;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;

/**
 * Removes VMs and mounts, each until its module and the kernel confirm that it is gone, and removes them from the
 * journal. A removal that fails is retried until its deadline.
 */
public record Remover(Node node, Settings settings, Journal journal, Clock clock, StopSignal stop, CleanupListener listener) {
    /** Enough to put a request on its queue, where it stays until the module takes it. */
    static final Duration LEAST = Duration.ofSeconds(1);
    private static final long FIRST_PAUSE_MS = 100;
    private static final long LONGEST_PAUSE_MS = 2_000;

    /**
     * The outcome of a removal.
     *
     * @param gone whether the node confirmed that it is gone
     * @param error the first error, even if a retry succeeded; null if there was none, which implies {@code gone}
     */
    public record Outcome(boolean gone, StepException error) {}

    /**
     * What still exists.
     *
     * @param removable whether asking its module once more can help
     */
    private record Remains(String words, boolean removable) {}

    /**
     * Deletes a VM with the files that vmd leaves of it, or unmounts an flist whose VM is gone. It need not exist.
     *
     * @param deadline ends the attempts; the last answer may come up to {@link Settings#lateAnswer} later
     */
    public Outcome remove(Journal.Entry entry, Deadline deadline) throws InterruptedException {
        String name = entry.name();
        boolean vm = entry.kind() == Journal.Kind.VM;
        Outcome outcome = remove(entry, vm ? processesOf(name) : List.of(), deadline);
        if (outcome.gone) {
            journal.remove(entry);
            try {
                if (vm) {
                    node.files().removeThoseOf(name);
                }
            } catch (IOException e) {
                listener.warn("a file that vmd left of VM " + name + " cannot be removed: " + e);
            }
        }
        return outcome;
    }

    /**
     * Returns the deadline for the first of several removals: after an equal share of the time left, but not before its
     * request can be on the queue.
     */
    public Deadline share(Deadline deadline, int removals) {
        return deadline.cappedAt(deadline.remaining().dividedBy(removals)).orLater(Deadline.in(clock, LEAST));
    }

    /** @param before the processes that served the VM when its removal began */
    private Outcome remove(Journal.Entry entry, List<ProcFs.VmProcess> before, Deadline deadline) throws InterruptedException {
        StepException first = null;
        for (int attempt = 0;; attempt++) {
            boolean stopped = stop.requested();
            StepException error;
            try {
                error = request(entry, deadline);
                // An error may come after the work was done, so there is one look. Only a success is worth a wait.
                Deadline confirmed = deadline.cappedAt(error == null ? settings.queryTimeout() : Duration.ZERO);
                Remains remains = awaitGone(entry, before, confirmed, stopped);
                if (remains == null) {
                    return new Outcome(true, first == null ? error : first);
                }
                if (error == null && confirmed.expired()) {
                    error = new StepException(Cause.LEAK, remains.words + " "
                            + GoDuration.format(settings.queryTimeout()) + " after its removal was reported as done");
                    if (!remains.removable) {
                        return new Outcome(false, first == null ? error : first);
                    }
                }
            } catch (NodeException e) {
                error = StepException.of(e);
            }
            first = first == null ? error : first;
            if (first != null && deadline.expired()) {
                return new Outcome(false, first);
            }
            if (error != null) {
                pause(attempt, deadline);
            }
        }
    }

    /** Asks for the removal. Returns the error that the module reported, or null. */
    private StepException request(Journal.Entry entry, Deadline deadline) throws NodeException, InterruptedException {
        try {
            if (entry.kind() == Journal.Kind.VM) {
                node.vmd().delete(entry.name(), deadline.cappedAt(settings.timeout()));
            } else {
                node.flist().unmount(entry.name(), deadline.cappedAt(settings.queryTimeout()));
            }
            return null;
        } catch (NodeException e) {
            if (e.kind() == NodeException.Kind.REMOTE_ERROR) {
                return StepException.of(e);
            }
            throw e;
        }
    }

    /**
     * Waits until it is gone, or until the deadline. A stop ends the wait, so that the removal is asked for once more:
     * there may be no time for anything else.
     *
     * @param stopped whether the removal was asked for after the stop
     * @return what still exists, or null
     */
    private Remains awaitGone(Journal.Entry entry, List<ProcFs.VmProcess> before, Deadline deadline, boolean stopped)
            throws NodeException, InterruptedException {
        for (int attempt = 0;; attempt++) {
            // The last question has its full time: if it were cut short, a leak would be reported as a timeout.
            Remains remains = remains(entry, before, Deadline.in(clock, settings.queryTimeout()));
            if (remains == null || deadline.expired() || stop.requested() && !stopped) {
                return remains;
            }
            pause(attempt, deadline);
        }
    }

    private Remains remains(Journal.Entry entry, List<ProcFs.VmProcess> before, Deadline deadline) throws NodeException, InterruptedException {
        String name = entry.name();
        boolean vm = entry.kind() == Journal.Kind.VM;
        if (vm ? node.vmd().exists(name, deadline) : node.flist().exists(name, deadline)) {
            return new Remains((vm ? "VM " : "mount ") + name + " still exists", true);
        }
        try {
            if (!vm) {
                return node.proc().isMounted(name) ? new Remains(name + " is still mounted", true) : null;
            }
            // One that is being killed still holds the mounts, and can no longer be found by its command line.
            List<ProcFs.VmProcess> serving = processesOf(name);
            for (ProcFs.VmProcess process : serving.isEmpty() ? before : serving) {
                if (node.proc().isAlive(process)) {
                    // vmd does not know the VM any more, so another Delete would do nothing.
                    return new Remains(process + " still serves " + name, false);
                }
            }
        } catch (IOException e) {
            // The start reports that /proc cannot be read. The module's answer has to do.
        }
        return null;
    }

    private List<ProcFs.VmProcess> processesOf(String vm) {
        try {
            return node.proc().processesOf(vm);
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Waits a while that grows with each attempt, but not longer than until the deadline or a stop. */
    private void pause(int attempt, Deadline deadline) throws InterruptedException {
        long pause = Math.min(FIRST_PAUSE_MS << Math.min(attempt, 10), LONGEST_PAUSE_MS);
        Duration span = Duration.ofMillis(Math.min(pause, deadline.remaining().toMillis() + 1));
        if (stop.requested()) {
            clock.sleep(span);
            return;
        }
        try {
            stop.sleep(clock, span);
        } catch (InterruptedException e) {
            // The callers check for the stop.
        }
    }
}
