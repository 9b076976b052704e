package vmtestd.cleanup;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.StringJoiner;
import vmtestd.node.Node;
import vmtestd.node.ProcFs;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;
import vmtestd.zbus.ZbusException;

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
                    node.removeFilesOf(name);
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
        // Duration.dividedBy would load the JDK's decimal arithmetic.
        Duration share = Duration.ofNanos(deadline.remaining().toNanos() / removals);
        return deadline.cappedAt(share).orLater(Deadline.in(clock, LEAST));
    }

    /** @param before the processes that served the VM when its removal began */
    private Outcome remove(Journal.Entry entry, List<ProcFs.VmProcess> before, Deadline deadline) throws InterruptedException {
        StepException first = null;
        boolean stopped = false;
        // Ends the wait for what was asked for; null if it is to be asked for now.
        Deadline confirmation = null;
        for (long pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
            StepException error = null;
            try {
                if (confirmation == null) {
                    stopped = stop.requested();
                    error = request(entry, deadline);
                    // An error may come after the work was done, so there is one look. Only a success is worth a wait.
                    confirmation = deadline.cappedAt(error == null ? settings.queryTimeout() : Duration.ZERO);
                }
                // The last look has its full time: if it were cut short, a leak would be reported as a timeout.
                Remains remains = remains(entry, before, Deadline.in(clock, settings.queryTimeout()));
                if (remains == null) {
                    return new Outcome(true, first == null ? error : first);
                }
                if (error == null && confirmation.expired()) {
                    error = new StepException(Cause.LEAK, remains.words + " "
                            + GoDuration.format(settings.queryTimeout()) + " after its removal was reported as done");
                    if (!remains.removable) {
                        return new Outcome(false, first == null ? error : first);
                    }
                }
                if (error == null && stop.requested() && !stopped) {
                    // Asked for once more at once: there may be no time for anything else.
                    confirmation = null;
                    continue;
                }
            } catch (ZbusException e) {
                error = StepException.of(e);
            }
            first = first == null ? error : first;
            if (first != null && deadline.expired()) {
                return new Outcome(false, first);
            }
            pause(pause, error == null ? confirmation : deadline);
            confirmation = error == null ? confirmation : null;
        }
    }

    /** Asks for the removal. Returns the error that the module reported, or null. */
    private StepException request(Journal.Entry entry, Deadline deadline) throws ZbusException, InterruptedException {
        try {
            if (entry.kind() == Journal.Kind.VM) {
                node.vmd().delete(entry.name(), deadline.cappedAt(settings.timeout()));
            } else {
                node.flistd().unmount(entry.name(), deadline.cappedAt(settings.queryTimeout()));
            }
            return null;
        } catch (ZbusException e) {
            if (e.kind() == ZbusException.Kind.REMOTE_ERROR) {
                return StepException.of(e);
            }
            throw e;
        }
    }

    private Remains remains(Journal.Entry entry, List<ProcFs.VmProcess> before, Deadline deadline) throws ZbusException, InterruptedException {
        String name = entry.name();
        boolean vm = entry.kind() == Journal.Kind.VM;
        if (vm ? node.vmd().exists(name, deadline) : node.flistd().exists(name, deadline)) {
            return new Remains((vm ? "VM " : "mount ") + name + " still exists", true);
        }
        try {
            if (!vm) {
                return node.proc().isMounted(name) ? new Remains(name + " is still mounted", true) : null;
            }
            // One that is being killed still holds the mounts, and can no longer be found by its command line.
            List<ProcFs.VmProcess> serving = processesOf(name);
            StringJoiner alive = new StringJoiner(", ");
            for (ProcFs.VmProcess process : serving.isEmpty() ? before : serving) {
                if (node.proc().isAlive(process)) {
                    alive.add(process.toString());
                }
            }
            if (alive.length() > 0) {
                // vmd does not know the VM any more, so another Delete would do nothing.
                return new Remains(alive + " still serves " + name, false);
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

    /** Waits, but not longer than until the deadline or a stop. */
    private void pause(long millis, Deadline deadline) throws InterruptedException {
        Duration span = Duration.ofMillis(Math.min(millis, deadline.remaining().toMillis() + 1));
        if (stop.requested()) {
            clock.sleep(span);
            return;
        }
        try {
            stop.sleep(clock, span);
        } catch (InterruptedException e) {
            // The caller checks for the stop.
        }
    }
}
