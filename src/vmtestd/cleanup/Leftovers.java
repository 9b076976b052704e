package vmtestd.cleanup;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import vmtestd.node.Networkd;
import vmtestd.node.Node;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.ZbusException;

/**
 * Finds and removes what unfinished runs left on the node: the journal's entries, and running VMs whose name is our
 * prefix and a time longer ago than a run can last. What was kept on purpose stays for an hour, or for two days if its
 * journal is lost. Nothing else is ever touched.
 */
public record Leftovers(Node node, Settings settings, Journal journal, Clock clock, StopSignal stop, CleanupListener listener) {
    /** Stands between prefix and number in the id of a run that keeps its VM. */
    public static final String KEEP = "keep-";
    public static final Duration KEPT_FOR = Duration.ofHours(1);
    /** Longer than a VM can wait and be kept, so its journal is lost. */
    private static final Duration FORGOTTEN = Duration.ofHours(48);

    /**
     * Removes all leftovers, also those that are kept on purpose.
     *
     * @return whether none is left
     * @throws InterruptedException if a stop was requested; a removal that has begun is finished
     */
    public boolean sweep() throws InterruptedException {
        try {
            stop.allowInterrupt();
            node.broker().connect(Deadline.in(clock, settings.queryTimeout()));
            List<String> running = node.vmd().list(Deadline.in(clock, settings.queryTimeout()));
            stop.forbidInterrupt();
            if (remove(running, false) == 0) {
                listener.warn("nothing is left over");
            }
            return true;
        } catch (ZbusException | StepException e) {
            listener.warn(e.getMessage());
            return false;
        } finally {
            stop.forbidInterrupt();
            node.broker().close();
        }
    }

    /**
     * Removes leftovers, each VM before what it uses. If one cannot be removed, the others are removed all the same.
     *
     * @param running the names of all VMs on the node
     * @param spareKept whether what is kept on purpose stays
     * @return how many runs' leftovers were removed
     * @throws StepException for the first that could not be removed
     */
    public int remove(Collection<String> running, boolean spareKept) throws StepException, InterruptedException {
        Set<Journal.Entry> found = find(running, spareKept, settings, journal, clock);
        Set<String> ids = new LinkedHashSet<>();
        List<Journal.Entry> all = new ArrayList<>();
        for (Journal.Entry entry : found) {
            if (ids.add(entry.id())) {
                // Everything that a run may have left, even if only a part of it is known.
                for (String suffix : List.of("", Journal.KERNEL_SUFFIX, Journal.DISK_SUFFIX)) {
                    all.add(new Journal.Entry(Journal.Kind.MOUNT, entry.id() + suffix));
                }
                Journal.Entry disk = new Journal.Entry(Journal.Kind.DISK, entry.id());
                Journal.Entry tap = new Journal.Entry(Journal.Kind.TAP, entry.id());
                // A VM that is known by its name only may have both.
                boolean unknown = !journal.contains(entry);
                if (unknown || found.contains(disk)) {
                    all.add(disk);
                }
                if (unknown && node.net().exists(Networkd.device(tap.tapName())) || found.contains(tap)) {
                    all.add(tap);
                }
                all.add(new Journal.Entry(Journal.Kind.VM, entry.id()));
            }
        }
        // Once a VM is gone, only the journal knows of its mounts.
        journal.addFound(all);
        StepException error = null;
        try {
            new Remover(node, settings, journal, clock, stop, listener).remove(all, Deadline.in(clock, settings.cleanup()));
        } catch (StepException e) {
            error = e;
        }
        Set<String> stuck = new LinkedHashSet<>();
        for (Journal.Entry entry : all) {
            if (journal.contains(entry)) {
                stuck.add(entry.id());
                ids.remove(entry.id());
            } else if (found.contains(entry)) {
                // What may not have existed does not count.
                listener.leftoverRemoved(entry.kind());
            }
        }
        ids.forEach(id -> listener.warn("removed leftover " + id));
        if (!stuck.isEmpty()) {
            // One word: an alert on the log matches this line.
            throw new StepException(error.cause(), "leftover " + String.join(",", stuck) + " of an earlier run could not be removed: "
                    + error.getMessage());
        }
        return ids.size();
    }

    /** Returns what there is to remove: the journal's entries, and VMs that are known by their name only. */
    public static Set<Journal.Entry> find(Collection<String> running, boolean spareKept, Settings settings, Journal journal, Clock clock) {
        Set<Journal.Entry> found = new LinkedHashSet<>(journal.entries());
        Pattern ours = Pattern.compile(Pattern.quote(settings.prefix()) + "(" + KEEP + ")?([0-9]{1,18})");
        Instant now = clock.now();
        for (String name : running) {
            Matcher matcher = ours.matcher(name);
            if (matcher.matches()) {
                Duration age = matcher.group(1) == null ? settings.maxRunDuration() : FORGOTTEN;
                if (Long.parseLong(matcher.group(2)) < now.minus(age).getEpochSecond()) {
                    found.add(new Journal.Entry(Journal.Kind.VM, name));
                }
            }
        }
        if (spareKept) {
            found.removeIf(entry -> journal.isKept(entry, now));
        }
        return found;
    }
}
