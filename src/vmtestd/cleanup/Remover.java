package vmtestd.cleanup;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.StringJoiner;
import vmtestd.node.Networkd;
import vmtestd.node.Node;
import vmtestd.node.ProcFs;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;
import vmtestd.zbus.ZbusException;

/**
 * Removes VMs, their disks and tap devices, and mounts, each until its module and the kernel confirm that it is gone, and
 * removes them from the journal. A removal that fails is retried until its deadline.
 */
public record Remover(Node node, Settings settings, Journal journal, Clock clock, StopSignal stop, CleanupListener listener) {
    /** Enough to put a request on its queue, where it stays until the module takes it. */
    static final Duration LEAST = Duration.ofSeconds(1);
    private static final long FIRST_PAUSE_MS = 100;
    private static final long LONGEST_PAUSE_MS = 2_000;
    private static final Duration STOP_POLL = Duration.ofMillis(100);

    /**
     * Removes entries, the last one first, because each may use those before it. Nothing is taken from under a VM that could
     * not be removed. If another entry cannot be removed, the rest is all the same.
     *
     * @param deadline ends the attempts; the last answer may come up to {@link Settings#lateAnswer} later
     * @throws StepException the first error, even if a retry succeeded
     */
    public void remove(List<Journal.Entry> entries, Deadline deadline) throws StepException, InterruptedException {
        StepException first = null;
        for (int left = entries.size(); left > 0; left--) {
            Journal.Entry entry = entries.get(left - 1);
            if (entry.kind() != Journal.Kind.VM && journal.contains(new Journal.Entry(Journal.Kind.VM, entry.id()))) {
                continue;
            }
            StepException error = remove(entry, share(deadline, entries.subList(0, left)));
            if (first == null) {
                first = error;
            } else if (error != null) {
                listener.warn(error.getMessage());
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /** Returns the deadline for the last entry: an equal share among those of its kind, but enough to put its request on the queue. */
    private Deadline share(Deadline deadline, List<Journal.Entry> entries) {
        int removals = 0;
        for (Journal.Entry entry : entries) {
            removals += entry.kind() == entries.get(entries.size() - 1).kind() ? 1 : 0;
        }
        // Duration.dividedBy would load the JDK's decimal arithmetic.
        Duration share = Duration.ofNanos(deadline.remaining().toNanos() / removals);
        return deadline.cappedAt(share).orLater(Deadline.in(clock, LEAST));
    }

    /** Removes an entry, which need not exist. Returns the first error, or null. */
    private StepException remove(Journal.Entry entry, Deadline deadline) throws InterruptedException {
        // Those that serve the VM now.
        List<ProcFs.VmProcess> before = processesOf(entry);
        StepException first = null;
        boolean stopped = false;
        // Ends the wait for what was asked for; null if it is to be asked for now.
        Deadline confirmation = null;
        for (long pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
            StepException error = null;
            try {
                // At a stop it is asked for once more at once: there may be no time for anything else.
                if (confirmation == null || stop.requested() != stopped) {
                    stopped = stop.requested();
                    error = request(entry, deadline);
                    // An error may come after the work was done, so there is one look. Only a success is worth a wait.
                    confirmation = deadline.cappedAt(error == null ? settings.queryTimeout() : Duration.ZERO);
                }
                // The last look has its full time: if it were cut short, a leak would be reported as a timeout.
                boolean known = isKnown(entry, Deadline.in(clock, settings.queryTimeout()));
                String remains = known ? entry + " still exists" : traces(entry, before);
                if (remains.isEmpty()) {
                    forget(entry);
                    return first == null ? error : first;
                }
                if (error == null && confirmation.expired()) {
                    error = new StepException(Cause.LEAK, remains + " "
                            + GoDuration.format(settings.queryTimeout()) + " after its removal was reported as done");
                    if (!known && entry.kind() == Journal.Kind.VM) {
                        // vmd does not know the VM any more, so another Delete would do nothing.
                        return first == null ? error : first;
                    }
                }
            } catch (ZbusException e) {
                error = new StepException(e);
            }
            first = first == null ? error : first;
            if (first != null && deadline.expired()) {
                return first;
            }
            Deadline end = (error == null ? confirmation : deadline).cappedAt(Duration.ofMillis(pause));
            while (!end.expired() && stop.requested() == stopped) {
                clock.sleep(STOP_POLL);
            }
            confirmation = error == null ? confirmation : null;
        }
    }

    /** Asks for the removal. Returns the error that the module reported, or null. */
    private StepException request(Journal.Entry entry, Deadline deadline) throws ZbusException, InterruptedException {
        try {
            switch (entry.kind()) {
                case VM -> node.vmd().delete(entry.name(), deadline.cappedAt(settings.timeout()));
                case TAP -> node.network().removeTap(entry.tapName(), deadline.cappedAt(settings.queryTimeout()));
                case DISK -> node.storage().diskDelete(entry.name(), deadline.cappedAt(settings.queryTimeout()));
                case MOUNT -> node.flistd().unmount(entry.name(), deadline.cappedAt(settings.queryTimeout()));
            }
            return null;
        } catch (ZbusException e) {
            if (e.kind() == ZbusException.Kind.REMOTE_ERROR) {
                return new StepException(e);
            }
            throw e;
        }
    }

    /** Returns whether the module still knows an entry. */
    private boolean isKnown(Journal.Entry entry, Deadline deadline) throws ZbusException, InterruptedException {
        return switch (entry.kind()) {
            case VM -> node.vmd().exists(entry.name(), deadline);
            case TAP -> node.network().tapExists(entry.tapName(), deadline);
            case DISK -> node.storage().diskExists(entry.name(), deadline);
            case MOUNT -> node.flistd().exists(entry.name(), deadline);
        };
    }

    /** Returns what the kernel still has of an entry; empty if it has nothing. */
    private String traces(Journal.Entry entry, List<ProcFs.VmProcess> before) {
        try {
            String device = Networkd.device(entry.tapName());
            if (entry.kind() == Journal.Kind.TAP) {
                return node.net().exists(device) ? "tap device " + device + " is still there" : "";
            }
            if (entry.kind() == Journal.Kind.MOUNT) {
                return node.proc().isMounted(entry.name()) ? entry.name() + " is still mounted" : "";
            }
            // One that is being killed still holds the mounts, and can no longer be found by its command line.
            List<ProcFs.VmProcess> serving = processesOf(entry);
            StringJoiner alive = new StringJoiner(", ", "", " still serves " + entry.name()).setEmptyValue("");
            for (ProcFs.VmProcess process : serving.isEmpty() ? before : serving) {
                if (node.proc().isAlive(process)) {
                    alive.add(process.toString());
                }
            }
            return alive.toString();
        } catch (IOException e) {
            // The start reports that /proc cannot be read. The module's answer has to do.
            return "";
        }
    }

    /** Returns the processes that serve a VM. Nothing else has any. */
    private List<ProcFs.VmProcess> processesOf(Journal.Entry entry) {
        try {
            return entry.kind() == Journal.Kind.VM ? node.proc().processesOf(entry.name()) : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Records that an entry is gone, and deletes the files that vmd leaves of a VM. */
    private void forget(Journal.Entry entry) {
        journal.remove(entry);
        try {
            if (entry.kind() == Journal.Kind.VM) {
                node.removeFilesOf(entry.name());
            }
        } catch (IOException e) {
            listener.warn("a file that vmd left of VM " + entry.name() + " cannot be removed: " + e);
        }
    }
}
