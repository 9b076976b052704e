package vmtestd.preflight;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import vmtestd.cleanup.StepException;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Leftovers;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.TimedLookup;
import vmtestd.preflight.CheckResult.Mark;
import vmtestd.preflight.CheckResult.Subject;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;

/** The part of {@link Preflight} that looks at what is on this side: the root folder, and the clock. */
final class RootPreflight {
    /** What all of it may take when the node has taken all of its time. A disk that is merely busy may need more. */
    static final Duration TIME = Duration.ofSeconds(1);
    /** Every clock that has been set shows more. */
    private static final Instant EARLIEST = Instant.parse("2026-01-01T00:00:00Z");
    /** How far the clock may be behind the newest run: it is corrected a little now and then. */
    private static final Duration CLOCK_GRACE = Duration.ofMinutes(1);
    private static final int MAX_NAMES = 10;

    private final Path root;
    private final Settings settings;
    private final Clock clock;
    private final Consumer<CheckResult> findings;

    RootPreflight(Path root, Settings settings, Clock clock, Consumer<CheckResult> findings) {
        this.root = root;
        this.settings = settings;
        this.clock = clock;
        this.findings = findings;
    }

    /** @param running the names of the VMs on the node; null where they are not known */
    void look(Collection<String> running, Deadline end) throws InterruptedException {
        try {
            RootView view = TimedLookup.lookUp(root.toString(), () -> RootView.of(root, settings.prefix()), end);
            leftovers(view, running);
            boolean usable = view.trouble().isEmpty();
            tell(usable ? Mark.GOOD : Mark.FAILED, Subject.ROOT, usable ? view.words() : view.trouble());
            runLock(view.runLock());
            daemonLock(view.daemonLock());
            clock(view.journal() == null ? 0 : view.journal().newest());
        } catch (StepException e) {
            String why = "not looked at: the root folder does not answer";
            tell(Mark.SKIPPED, Subject.LEFTOVERS, why);
            tell(Mark.FAILED, Subject.ROOT, e.getMessage());
            tell(Mark.SKIPPED, Subject.RUN_LOCK, why);
            tell(Mark.SKIPPED, Subject.DAEMON_LOCK, why);
            clock(0);
        }
    }

    private void leftovers(RootView view, Collection<String> running) {
        if (view.journal() == null) {
            tell(Mark.SKIPPED, Subject.LEFTOVERS, "not known: the journal cannot be read");
            return;
        }
        List<String> names = running == null ? List.of() : List.copyOf(running);
        Set<Journal.Entry> left = Leftovers.find(names, true, settings, view.journal(), clock);
        Set<Journal.Entry> kept = Leftovers.find(names, false, settings, view.journal(), clock);
        kept.removeAll(left);
        boolean inRun = view.runLock().state() == LockView.State.HELD;
        if (inRun) {
            left.removeAll(view.journal().entries());
        }
        String words = left.isEmpty() ? "none" + (inRun ? " but for the run that goes on" : "") : "a run removes them first: " + names(left);
        boolean damaged = view.journal().damaged();
        tell(left.isEmpty() && !damaged ? Mark.GOOD : Mark.WARNING, Subject.LEFTOVERS, words
                + (kept.isEmpty() ? "" : "; kept to be looked at, until vmtestd --sweep or for an hour: " + names(kept))
                + (damaged ? "; the journal is damaged, and a run sets it aside" : "")
                + (running == null ? "; vmd was not asked for VMs" : ""));
    }

    private static String names(Set<Journal.Entry> entries) {
        String names = entries.stream().limit(MAX_NAMES).map(Journal.Entry::toString).collect(Collectors.joining(", "));
        int more = entries.size() - MAX_NAMES;
        return names + (more > 0 ? " and " + more + " more" : "");
    }

    private void runLock(LockView lock) {
        switch (lock.state()) {
            case FREE -> tell(Mark.GOOD, Subject.RUN_LOCK, "free");
            case HELD -> tell(Mark.WARNING, Subject.RUN_LOCK, "held by " + lock.words() + ": a run goes on, and another one would wait for it");
            case UNUSABLE -> tell(Mark.FAILED, Subject.RUN_LOCK, lock.words());
            case UNKNOWN -> tell(Mark.WARNING, Subject.RUN_LOCK, "the system does not tell who holds it: " + lock.words());
        }
    }

    private void daemonLock(LockView lock) {
        switch (lock.state()) {
            case FREE -> tell(Mark.GOOD, Subject.DAEMON_LOCK, "free: no daemon runs");
            case HELD -> tell(Mark.GOOD, Subject.DAEMON_LOCK, "held by " + lock.words() + ": the daemon runs");
            case UNUSABLE -> tell(Mark.FAILED, Subject.DAEMON_LOCK, lock.words());
            case UNKNOWN -> tell(Mark.WARNING, Subject.DAEMON_LOCK, "the system does not tell who holds it: " + lock.words());
        }
    }

    /** A run copes with any clock: its number is more than that of the one before. */
    private void clock(long newestRun) {
        Instant now = clock.now().truncatedTo(ChronoUnit.SECONDS);
        Duration behind = Duration.ofSeconds(newestRun - now.getEpochSecond());
        if (now.isBefore(EARLIEST)) {
            tell(Mark.WARNING, Subject.CLOCK, now + " cannot be right: a hub's certificate may not hold, and leftovers look too young");
        } else if (behind.compareTo(CLOCK_GRACE) > 0) {
            tell(Mark.WARNING, Subject.CLOCK, now + " is " + GoDuration.format(behind)
                    + " before the newest run: leftovers may look too young, and ids count on from that run's");
        } else {
            tell(Mark.GOOD, Subject.CLOCK, now.toString());
        }
    }

    private void tell(Mark mark, Subject subject, String words) {
        findings.accept(new CheckResult(mark, subject, words));
    }
}
