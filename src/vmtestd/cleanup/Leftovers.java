package vmtestd.cleanup;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/**
 * Finds and removes what runs that did not finish have left on the node: what the journal holds, and
 * running VMs whose name is our prefix and a time longer ago than a run can last. What was kept on
 * purpose stays for its hour; without its journal, for two days. Nothing else is ever touched.
 */
public final class Leftovers {
    /** What the mount of a kernel flist has behind the name of its VM. */
    public static final String KERNEL_SUFFIX = "-kernel";
    /** What the writable mount of a disk image's flist has there. */
    public static final String DISK_SUFFIX = "-disk";
    /** What stands between prefix and number in the names of a run that keeps its VM. */
    public static final String KEEP = "keep-";
    /** How long what was kept is to stay. */
    public static final Duration KEPT_FOR = Duration.ofHours(1);
    /** Longer than a VM can wait and be kept: then nobody looks at it any more, and its journal is gone. */
    private static final Duration FORGOTTEN = Duration.ofHours(48);

    private final Remover remover;
    private final Settings settings;
    private final Journal journal;
    private final Clock clock;
    private final CleanupListener listener;

    /** @param listener is told of each leftover that was removed */
    public Leftovers(Remover remover, Settings settings, Journal journal, Clock clock, CleanupListener listener) {
        this.remover = remover;
        this.settings = settings;
        this.journal = journal;
        this.clock = clock;
        this.listener = listener;
    }

    /**
     * Removes all leftovers, each VM before its mounts. One that resists does not keep the others.
     *
     * @param running the names of the VMs that run on the node
     * @param spareKept whether what was kept to be looked at stays for its hour
     * @param stop looked at between two of them
     * @return how many were removed
     * @throws StepException for the first that could not be removed
     */
    public int remove(Collection<String> running, boolean spareKept, StopSignal stop) throws StepException, InterruptedException {
        Deadline deadline = Deadline.in(clock, settings.cleanup());
        StepException first = null;
        int removed = 0;
        Set<Journal.Entry> found = find(running, spareKept, settings, journal, clock);
        Set<String> ids = new LinkedHashSet<>();
        for (Journal.Entry entry : found) {
            ids.add(idOf(entry));
        }
        int left = ids.size();
        for (String id : ids) {
            if (stop.requested()) {
                throw new InterruptedException("removing leftovers");
            }
            try {
                // Its share of the time that is left: one that resists must not keep the others.
                remove(id, found, deadline.cappedAt(deadline.remaining().dividedBy(left--)));
                listener.warn("removed leftover " + id);
                removed++;
            } catch (StepException e) {
                String words = "leftover " + id + " of an earlier run could not be removed: " + e.getMessage();
                if (first == null) {
                    first = new StepException(e.cause(), words);
                } else {
                    listener.warn(words);
                }
            }
        }
        if (first != null) {
            throw first;
        }
        return removed;
    }

    /** What there is to remove: all in the journal, and the VMs that only their name tells of. */
    public static Set<Journal.Entry> find(Collection<String> running, boolean spareKept, Settings settings, Journal journal, Clock clock) {
        Set<Journal.Entry> found = new LinkedHashSet<>(journal.entries());
        Pattern ours = Pattern.compile(Pattern.quote(settings.prefix()) + "(" + KEEP + ")?([0-9]{1,18})");
        Instant now = clock.now();
        for (String name : running) {
            Matcher matcher = ours.matcher(name);
            if (matcher.matches()) {
                Duration least = matcher.group(1) == null ? settings.maxRunDuration() : FORGOTTEN;
                if (Long.parseLong(matcher.group(2)) < now.minus(least).getEpochSecond()) {
                    found.add(new Journal.Entry(Journal.Kind.VM, name));
                }
            }
        }
        if (spareKept) {
            found.removeIf(entry -> journal.isKept(entry, now));
        }
        return found;
    }

    /** The id of the run that left it. */
    public static String idOf(Journal.Entry entry) {
        String name = entry.name();
        for (String suffix : List.of(KERNEL_SUFFIX, DISK_SUFFIX)) {
            if (name.endsWith(suffix)) {
                return name.substring(0, name.length() - suffix.length());
            }
        }
        return name;
    }

    /** All that a run may have left, also where only a part of it is known. */
    private void remove(String id, Set<Journal.Entry> found, Deadline deadline) throws StepException, InterruptedException {
        Journal.Entry vm = new Journal.Entry(Journal.Kind.VM, id);
        Journal.Entry disk = new Journal.Entry(Journal.Kind.MOUNT, id + DISK_SUFFIX);
        Journal.Entry kernel = new Journal.Entry(Journal.Kind.MOUNT, id + KERNEL_SUFFIX);
        Journal.Entry mount = new Journal.Entry(Journal.Kind.MOUNT, id);
        if (!journal.entries().containsAll(List.of(vm, disk, kernel, mount))) {
            // Once the VM is gone, nothing but the journal tells of the mounts of one found by its name.
            noteFailure(() -> journal.add(mount, kernel, disk, vm));
        }
        confirm(remover.vm(id, deadline), vm, found);
        for (Journal.Entry each : List.of(disk, kernel, mount)) {
            confirm(remover.mount(each.name(), deadline), each, found);
        }
    }

    private void confirm(Remover.Outcome outcome, Journal.Entry entry, Set<Journal.Entry> found) throws StepException {
        if (!outcome.gone()) {
            outcome.check();
        }
        journal.remove(entry);
        // What was removed on suspicion only does not count.
        if (found.contains(entry)) {
            listener.leftoverRemoved(entry.kind());
        }
    }

    private interface Change {
        void make() throws StepException;
    }

    /** A full disk must not keep anything from being removed: an entry too many does no harm. */
    private void noteFailure(Change change) {
        try {
            change.make();
        } catch (StepException e) {
            listener.warn(e.getMessage());
        }
    }
}
