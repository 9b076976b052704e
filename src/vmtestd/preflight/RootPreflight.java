package vmtestd.preflight;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import vmtestd.cleanup.AtomicFile;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Leftovers;
import vmtestd.cleanup.LockFile;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StepException;
import vmtestd.node.ProcFs;
import vmtestd.preflight.CheckResult.Mark;
import vmtestd.preflight.CheckResult.Subject;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;

/** The part of {@link Preflight} that checks what is on this side: the root directory with its journal and locks, and the clock. */
record RootPreflight(Path root, Settings settings, ProcFs proc, Clock clock) {
    /** A clock that was ever set shows a later time. */
    private static final Instant EARLIEST = Instant.parse("2026-01-01T00:00:00Z");
    /** How far the clock may be behind the newest run: NTP corrects it in small steps. */
    private static final Duration CLOCK_GRACE = Duration.ofMinutes(1);
    private static final int MAX_NAMES = 10;
    /** More than a run writes. */
    private static final int SPACE = 64 << 10;

    /** @param running the names of the VMs on the node, or null if they are not known */
    List<CheckResult> check(Collection<String> running, Deadline end) throws InterruptedException {
        try {
            return Disk.lookUp(root.toString(), () -> checkDisk(running), end);
        } catch (StepException e) {
            String why = "not checked: the root directory does not answer";
            return List.of(new CheckResult(Mark.SKIPPED, Subject.LEFTOVERS, why),
                    new CheckResult(Mark.FAILED, Subject.ROOT, e.getMessage()), new CheckResult(Mark.SKIPPED, Subject.RUN_LOCK, why),
                    new CheckResult(Mark.SKIPPED, Subject.DAEMON_LOCK, why), checkClock(0));
        }
    }

    /** Does not return if the disk hangs. */
    private List<CheckResult> checkDisk(Collection<String> running) {
        // Before the journal: the entries of a run that ends in between do not look like leftovers.
        CheckResult runLock = checkLock(Subject.RUN_LOCK, Mark.WARNING, "", ": a run is in progress, and another one would wait for it");
        CheckResult daemonLock = checkLock(Subject.DAEMON_LOCK, Mark.GOOD, ": no daemon runs", ": the daemon runs");
        CheckResult usable = checkRoot();
        CheckResult leftovers;
        long newest = 0;
        try {
            Journal journal = Journal.peek(root, settings.prefix());
            leftovers = checkLeftovers(journal, running, runLock.mark() == Mark.WARNING);
            newest = journal.newest();
        } catch (IOException e) {
            leftovers = new CheckResult(Mark.FAILED, Subject.LEFTOVERS, "the journal in " + root + " cannot be read" + reason(e));
        }
        return List.of(leftovers, usable, runLock, daemonLock, checkClock(newest));
    }

    private CheckResult checkLeftovers(Journal journal, Collection<String> running, boolean inRun) {
        Collection<String> names = running == null ? List.of() : running;
        Set<Journal.Entry> left = Leftovers.find(names, true, settings, journal, clock);
        Set<Journal.Entry> kept = Leftovers.find(names, false, settings, journal, clock);
        kept.removeAll(left);
        if (inRun) {
            left.removeAll(journal.entries());
        }
        String leak = running == null ? "" : leak(left, names);
        if (!leak.isEmpty()) {
            return new CheckResult(Mark.FAILED, Subject.LEFTOVERS, leak);
        }
        boolean good = left.isEmpty() && !journal.damaged();
        return new CheckResult(good ? Mark.GOOD : Mark.WARNING, Subject.LEFTOVERS,
                (!left.isEmpty() ? "the next run removes: " + names(left) : inRun ? "none, apart from the run in progress" : "none")
                + (kept.isEmpty() ? "" : "; kept for inspection, for an hour or until vmtestd --sweep: " + names(kept))
                + (journal.damaged() ? "; the journal is damaged, and the next run sets it aside" : "")
                + (running == null ? "; vmd was not asked for VMs" : ""));
    }

    /** Returns what no run can remove: a process that serves a VM which vmd does not know any more. Empty if there is none. */
    private String leak(Set<Journal.Entry> left, Collection<String> running) {
        try {
            for (Journal.Entry entry : left) {
                List<ProcFs.VmProcess> serving = entry.kind() == Journal.Kind.VM && !running.contains(entry.name())
                        ? proc.processesOf(entry.name()) : List.of();
                if (!serving.isEmpty()) {
                    return serving.get(0) + " still serves " + entry.name() + ", which vmd does not list; runs fail until it is killed";
                }
            }
        } catch (IOException e) {
            // The guest's line reports that /proc cannot be read.
        }
        return "";
    }

    private static String names(Set<Journal.Entry> entries) {
        String names = entries.stream().limit(MAX_NAMES).map(Journal.Entry::toString).collect(Collectors.joining(", "));
        int more = entries.size() - MAX_NAMES;
        return names + (more > 0 ? " and " + more + " more" : "");
    }

    /**
     * Checks that files can be created, written, locked, forced to disk and removed. A directory that is missing is not
     * created: a daemon that starts just then would use it, and lose it again.
     */
    private CheckResult checkRoot() {
        try {
            Path directory = root.toAbsolutePath();
            while (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
                directory = directory.getParent();
            }
            Path path = directory.resolve("check." + System.nanoTime());
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                // Deleted at once, so that nothing is left even if this process is killed.
                Files.delete(path);
                file.write(new byte[SPACE]);
                file.getFD().sync();
                file.getChannel().tryLock();
            }
            AtomicFile.force(directory);
            return new CheckResult(Mark.GOOD, Subject.ROOT, directory.equals(root.toAbsolutePath()) ? root + " can be written to"
                    : root + " does not exist yet, and can be created in " + directory);
        } catch (IOException e) {
            return new CheckResult(Mark.FAILED, Subject.ROOT, root + " cannot be written to" + reason(e));
        }
    }

    /**
     * Takes a lock and releases it. Shared, so that checks do not disturb each other. The file is not created.
     *
     * @param held the mark of a lock that another process holds
     */
    private CheckResult checkLock(Subject subject, Mark held, String ifFree, String ifHeld) {
        Path file = root.resolve(subject.toString());
        try (FileChannel channel = Files.exists(file) ? FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE) : null) {
            return channel == null || channel.tryLock(0, Long.MAX_VALUE, true) != null
                    ? new CheckResult(Mark.GOOD, subject, "free" + ifFree)
                    : new CheckResult(held, subject, "held by " + LockFile.holder(file) + ifHeld);
        } catch (IOException e) {
            return new CheckResult(Mark.FAILED, subject, file + " cannot be locked" + reason(e));
        }
    }

    /** A clock that is wrong does not fail a run: its number is greater than that of the one before in any case. */
    private CheckResult checkClock(long newestRun) {
        Instant now = clock.now().truncatedTo(ChronoUnit.SECONDS);
        Duration behind = Duration.ofSeconds(newestRun - now.getEpochSecond());
        boolean early = now.isBefore(EARLIEST);
        boolean late = behind.compareTo(CLOCK_GRACE) > 0;
        return new CheckResult(early || late ? Mark.WARNING : Mark.GOOD, Subject.CLOCK, now
                + (early ? " cannot be right: a hub's certificate may seem invalid, and leftovers too young"
                : late ? " is " + GoDuration.format(behind) + " before the newest run: "
                        + "leftovers may seem too young, and ids continue from that run's"
                : ""));
    }

    /** An exception of java.nio has its meaning in its reason, or else in its class, and the path in its message. */
    private static String reason(IOException e) {
        String meaning = e instanceof FileSystemException known && known.getReason() == null
                ? e.getClass().getSimpleName().replaceFirst("Exception$", "") + ": " : "";
        return " (" + meaning + e.getMessage() + ")";
    }
}
