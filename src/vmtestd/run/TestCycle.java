package vmtestd.run;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Leftovers;
import vmtestd.cleanup.Remover;
import vmtestd.cleanup.Scenario;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StepException;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.GuestWatch;
import vmtestd.node.Node;
import vmtestd.node.Vm;
import vmtestd.node.Vmd;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;
import vmtestd.zbus.ZbusException;

/**
 * One run of the test, with a method for each {@link Step} in their order. For one use, on one thread.
 *
 * <p>The first failure ends the steps up to verify, and so does a {@link StopSignal}. Delete and unmount always run, unless
 * the settings ask to keep the VM. They have a deadline of their own, and a stop does not end them.
 */
public final class TestCycle {
    /** What the key of a claim begins with. */
    private static final String CLAIM = "vmtestd.";
    private static final Duration BOOT_POLL = Duration.ofMillis(500);
    private static final Duration LIFE_POLL = Duration.ofSeconds(1);
    /** On a busy node virtiofsd may fork after Run has returned. */
    private static final Duration VIRTIOFSD_SETTLES = Duration.ofSeconds(2);

    /** From vmd's Run if the name is in use (zosbase, pkg/vm/manager.go). */
    private static final String NAME_TAKEN = "a vm with same name already exists";

    private final Node node;
    private final Settings settings;
    private final Journal journal;
    private final Clock clock;
    private final StopSignal stop;
    private final RunListener listener;
    private final StepRunner steps;
    private final Mounts mounts;
    private final Guest guest;
    private final Scenario scenario;
    private final Peripherals peripherals;
    private final Remover remover;
    private String id;
    /** Ends the group of steps that is running. */
    private Deadline deadline;
    private Path root;
    private Mounts.BootPlan plan;
    private Deadline bootEnd;
    private Deadline waitEnd;

    public TestCycle(Node node, Settings settings, Scenario scenario, Journal journal, Clock clock, StopSignal stop, RunListener listener) {
        this.node = node;
        this.settings = settings;
        this.scenario = scenario;
        this.journal = journal;
        this.clock = clock;
        this.stop = stop;
        this.listener = listener;
        steps = new StepRunner(clock, listener);
        mounts = new Mounts(node, settings, journal);
        guest = new Guest(node, clock, listener, !settings.bootTimeout().isZero());
        peripherals = new Peripherals(node, settings, journal, clock, guest);
        remover = new Remover(node, settings, journal, clock, stop, listener);
        id = nextId();
    }

    private String nextId() {
        return settings.prefix() + (settings.keep() ? Leftovers.KEEP : "") + journal.nextNumber(clock.now().getEpochSecond());
    }

    /** Runs the test. Whatever happens is in the report; nothing is thrown. */
    public RunReport run() {
        Instant started = clock.now();
        long begin = clock.nanoTime();
        steps.report(Step.CONNECT, () -> listener.runStarted(id));

        stop.allowInterrupt();
        deadline = Deadline.in(clock, settings.work());
        boolean passed = steps.run(Step.CONNECT, this::connect)
                && steps.run(Step.LIST, this::list)
                && steps.run(Step.MOUNT, this::mount)
                && steps.run(Step.INSPECT, this::inspect)
                && (!scenario.hasDisk() || steps.run(Step.DISK, () -> peripherals.makeDisk(id, root, plan.vm(), deadline)))
                && (!scenario.hasTap() || steps.run(Step.TAP, () -> peripherals.makeTap(id, deadline)))
                && steps.run(Step.DEPLOY, this::deploy)
                // Users wait for their guest from the call of Run.
                && steps.run(Step.BOOT, guest.started, this::boot)
                && (peripherals.btrfs == null || steps.run(Step.STORAGE, () -> peripherals.awaitWrite(bootEnd, deadline)))
                && (peripherals.tap == null || steps.run(Step.NETWORK, () -> peripherals.awaitAnswer(bootEnd, deadline)))
                && steps.run(Step.WAIT, this::waitForVm)
                && steps.run(Step.VERIFY, this::verify);
        stop.forbidInterrupt();

        deadline = Deadline.in(clock, settings.cleanup());
        List<String> kept = List.of();
        if (settings.keep() && !stop.requested()) {
            kept = keep(passed);
        } else {
            cleanUp(Step.DELETE, EnumSet.of(Journal.Kind.VM, Journal.Kind.TAP, Journal.Kind.DISK));
            // Never under a VM that may be running. The next run finds the mounts in the journal.
            if (entries(EnumSet.of(Journal.Kind.VM)).isEmpty()) {
                cleanUp(Step.UNMOUNT, EnumSet.of(Journal.Kind.MOUNT));
            }
        }
        node.broker().close();

        RunReport report = new RunReport(id, scenario, started, Duration.ofNanos(clock.nanoTime() - begin), steps.failure, steps.results,
                guest.upAfter, guest.console, guest.log, journal.counts(clock.now()), kept);
        listener.runEnded(report);
        return report;
    }

    /** Removes what the run has of some kinds, if any. */
    private void cleanUp(Step step, Set<Journal.Kind> kinds) {
        List<Journal.Entry> entries = entries(kinds);
        if (!entries.isEmpty()) {
            steps.run(step, () -> {
                remover.remove(entries, deadline);
                return "";
            });
        }
    }

    /** Returns what the journal has of this run: what may be on the node. */
    private List<Journal.Entry> entries(Set<Journal.Kind> kinds) {
        List<Journal.Entry> entries = new ArrayList<>();
        for (Journal.Entry entry : journal.entries()) {
            if (kinds.contains(entry.kind()) && entry.id().equals(id)) {
                entries.add(entry);
            }
        }
        return entries;
    }

    private String connect() throws ZbusException, InterruptedException {
        // Leftovers can be removed even if this fails. Nothing is deployed without another write.
        journal.save();
        node.broker().connect(queryDeadline());
        return "";
    }

    private String list() throws ZbusException, StepException, InterruptedException {
        List<String> running = claimIdAndList();
        stop.forbidInterrupt();
        int removed = new Leftovers(node, settings, journal, clock, stop, listener).remove(running, true);
        stop.allowInterrupt();
        deadline = Deadline.in(clock, settings.work());
        return running.size() + " VMs on the node" + (removed == 0 ? "" : ", leftovers of " + removed + " runs removed");
    }

    /**
     * Takes the next id while a VM has this one or another daemon has claimed it. A claim is a key at the broker that is
     * released once vmd's List shows the VM, or expires if it never does.
     */
    private List<String> claimIdAndList() throws ZbusException, InterruptedException {
        while (true) {
            if (node.broker().claim(CLAIM + id, settings.cleanup().plus(settings.work()), queryDeadline())) {
                // After the claim: a VM whose claim was released before it is in this list.
                List<String> running = node.vmd().list(queryDeadline());
                if (!running.contains(id)) {
                    return running;
                }
            }
            String taken = id;
            id = nextId();
            listener.warn("the name " + taken + " is taken; this run uses " + id);
        }
    }

    private String mount() throws ZbusException, StepException, InterruptedException {
        root = mounts.mount(id, settings.flist(), 0, deadline);
        return root.toString();
    }

    private String inspect() throws ZbusException, StepException, InterruptedException {
        plan = mounts.plan(id, root, deadline);
        return plan.note();
    }

    private String deploy() throws ZbusException, StepException, InterruptedException {
        Journal.Entry vm = new Journal.Entry(Journal.Kind.VM, id);
        journal.add(vm);
        Vm configuration = peripherals.attach(plan.vm());
        guest.starting(id);
        bootEnd = Deadline.in(clock, settings.bootTimeout());
        try {
            peripherals.failIfTapIsMissing("; Run was not called, because vmd would kill every process of the node");
            node.vmd().run(configuration, deadline.cappedAt(settings.timeout()));
        } catch (ZbusException e) {
            if (!e.mayHaveRun()) {
                journal.remove(vm);
            } else if (e.kind() == ZbusException.Kind.REMOTE_ERROR) {
                if (e.getMessage().contains(NAME_TAKEN)) {
                    // The VM is not ours, and neither are the mounts and the tap device that there are under this name.
                    journal.remove(vm);
                    entries(EnumSet.of(Journal.Kind.MOUNT, Journal.Kind.TAP)).forEach(journal::remove);
                }
                throw new StepException(Cause.REMOTE_ERROR, guest.takeLog(e.getMessage()));
            }
            throw e;
        } catch (StepException e) {
            journal.remove(vm);
            throw e;
        }
        waitEnd = Deadline.in(clock, settings.waitTime());
        node.broker().release(CLAIM + id, queryDeadline());
        return "";
    }

    private String boot() throws StepException, InterruptedException {
        deadline = Deadline.in(clock, settings.observation());
        Deadline settled = Deadline.in(clock, VIRTIOFSD_SETTLES);
        while (true) {
            GuestWatch.State state = guest.look();
            if (state instanceof GuestWatch.NotObservable unknown && (!guest.isFound() || settled.expired())) {
                return "not observed: " + unknown.why();
            }
            if (state instanceof GuestWatch.Booted) {
                guest.up();
                bootEnd = Deadline.in(clock, Duration.ZERO);
                waitEnd = waitEnd.orLater(Deadline.in(clock, Settings.CRASH_SHOWS));
                return "the guest's userland runs";
            }
            guest.failIfEnded(state, queryDeadline());
            if (bootEnd.expired()) {
                guest.readConsole();
                throw new StepException(Cause.NO_BOOT, "the guest did not boot within "
                        + GoDuration.format(settings.bootTimeout()) + ": " + state);
            }
            clock.sleep(BOOT_POLL);
        }
    }

    /** Waits until the end of the wait time, which began with the end of deploy, or until a crash would have shown. */
    private String waitForVm() throws ZbusException, StepException, InterruptedException {
        while (!waitEnd.expired()) {
            Duration left = waitEnd.remaining();
            clock.sleep(left.compareTo(LIFE_POLL) < 0 ? left : LIFE_POLL);
            if (!waitEnd.expired()) {
                failIfDead();
            }
        }
        return "";
    }

    private String verify() throws ZbusException, StepException, InterruptedException {
        failIfDead();
        Vmd.Info info;
        try {
            info = node.vmd().inspect(id, queryDeadline());
        } catch (ZbusException e) {
            if (e.kind() == ZbusException.Kind.REMOTE_ERROR) {
                // It may have died since.
                failIfDead();
            }
            throw e;
        }
        if (settings.console()) {
            guest.readConsole();
        }
        long memory = settings.memory() >> 20;
        if (info.cpu() != settings.cpu() || info.memory() != memory) {
            throw new StepException(Cause.REMOTE_ERROR, "asked for " + settings.cpu() + " CPU and " + memory
                    + " MiB, vmd reports " + info.cpu() + " and " + info.memory());
        }
        return "alive, " + info.cpu() + " CPU, " + info.memory() + " MiB";
    }

    private void failIfDead() throws ZbusException, StepException, InterruptedException {
        // Before any call: vmd may not answer while a guest is being reset.
        guest.failIfEnded(guest.look(), queryDeadline());
        if (!node.vmd().exists(id, queryDeadline())) {
            throw guest.died("the VM died", queryDeadline());
        }
    }

    /** Leaves everything on the node, even after a failure: a VM that did not boot is worth a look. */
    private List<String> keep(boolean passed) {
        List<String> kept = new ArrayList<>();
        for (Journal.Entry entry : entries(EnumSet.allOf(Journal.Kind.class))) {
            boolean vm = entry.kind() == Journal.Kind.VM;
            kept.add(vm ? 0 : kept.size(), vm ? (passed ? "VM " : "what there is of VM ") + id : entry.toString());
        }
        journal.keep(id, clock.now().plus(Leftovers.KEPT_FOR));
        return kept;
    }

    /** Returns the deadline of a call that only returns information. */
    private Deadline queryDeadline() {
        return deadline.cappedAt(settings.queryTimeout());
    }
}
