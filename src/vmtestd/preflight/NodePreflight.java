package vmtestd.preflight;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StepException;
import vmtestd.cleanup.StopSignal;
import vmtestd.cleanup.TimedLookup;
import vmtestd.node.Node;
import vmtestd.node.NodeModule;
import vmtestd.preflight.CheckResult.Mark;
import vmtestd.preflight.CheckResult.Subject;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;
import vmtestd.zbus.ModuleStatus;
import vmtestd.zbus.ZbusException;

/** The part of {@link Preflight} that checks the node: its broker, its modules, and {@code /proc}. */
final class NodePreflight {
    /** The limit for all of it. */
    static final Duration TIME = Duration.ofSeconds(3);
    /** The last part of that is reserved for cancelling requests that were not answered. */
    private static final Duration CANCEL = Duration.ofMillis(500);
    private static final Duration BROKER = Duration.ofSeconds(1);
    private static final Duration PROC = Duration.ofMillis(500);
    private static final Duration MODULES = Duration.ofMillis(1_200);

    private final Function<Deadline, Node> nodeUntil;
    private final Settings settings;
    private final Clock clock;
    private final StopSignal stop;
    private final Consumer<CheckResult> results;
    private Subject next = Subject.BROKER;

    NodePreflight(Function<Deadline, Node> nodeUntil, Settings settings, Clock clock, StopSignal stop, Consumer<CheckResult> results) {
        this.nodeUntil = nodeUntil;
        this.settings = settings;
        this.clock = clock;
        this.stop = stop;
        this.results = results;
    }

    /** Checks everything; returns the names of the VMs on the node, or null if they are not known. */
    List<String> check() throws InterruptedException {
        Deadline end = Deadline.in(clock, TIME);
        Node node = nodeUntil.apply(end);
        CheckResult guest = checkProc(node, end.cappedAt(PROC));
        Deadline answers = end.cappedAt(end.remaining().minus(CANCEL));
        List<String> running = null;
        try {
            checkBroker(node, answers.cappedAt(BROKER));
            running = checkVms(node, checkModules(node, answers.cappedAt(MODULES)), share(answers, 2));
            checkProvision(node, running, answers);
        } catch (ZbusException e) {
            report(Mark.FAILED, e.getMessage());
            while (next != Subject.GUEST) {
                report(Mark.SKIPPED, "not asked: the broker cannot be reached");
            }
        } finally {
            node.broker().close();
        }
        results.accept(guest);
        return running;
    }

    private void checkBroker(Node node, Deadline deadline) throws ZbusException, InterruptedException {
        long begin = clock.nanoTime();
        node.broker().connect(deadline);
        report(Mark.GOOD, "PING was answered within " + GoDuration.format(Duration.ofNanos(clock.nanoTime() - begin)));
    }

    /** Returns the state of vmd. One that does not answer leaves each of the others its share of the time. */
    private ModuleStatus checkModules(Node node, Deadline deadline) throws ZbusException, InterruptedException {
        ModuleStatus vmd = checkModule(node.vmd(), "vmd", "", share(deadline, 4));
        checkModule(node.flistd(), "flistd", "", share(deadline, 3));
        checkModule(node.storage(), "storaged", "", share(deadline, 2));
        checkModule(node.zui(), "zui", "a run does not need it", deadline);
        return vmd;
    }

    private static Deadline share(Deadline deadline, int parts) {
        return deadline.cappedAt(deadline.remaining().dividedBy(parts));
    }

    /**
     * Asks a module for its state.
     *
     * @param service the module's name in zinit
     * @param optional why a run can pass without the module; empty if it cannot
     * @return null if the module does not answer
     * @throws ZbusException if the broker cannot be reached
     */
    private ModuleStatus checkModule(NodeModule module, String service, String optional, Deadline deadline)
            throws ZbusException, InterruptedException {
        boolean required = optional.isEmpty();
        try {
            ModuleStatus state = module.status(deadline);
            String calls = state.busy().stream().map(busy -> busy.call() + " for " + GoDuration.format(age(busy)))
                    .collect(Collectors.joining(" and with "));
            // A run waits no longer than that for a call.
            boolean hangs = required && state.busy().stream().allMatch(busy -> age(busy).compareTo(settings.timeout()) > 0);
            if (!state.isBusy()) {
                report(Mark.GOOD, calls.isEmpty() ? "up, and free" : "up, and busy with " + calls + ": other calls do not wait");
            } else if (hangs) {
                report(Mark.FAILED, "up, and hangs in " + calls + "; see zinit log " + service);
            } else {
                report(Mark.WARNING, "up, and busy with " + calls + ": other calls wait");
            }
            return state;
        } catch (ZbusException e) {
            throwIfUnreachable(e);
            report(required ? Mark.FAILED : Mark.WARNING, e.getMessage() + "; " + (required ? "see zinit log " + service : optional));
            return null;
        }
    }

    /** How long a call has taken: the difference of two readings of the wall clock, which may have been set back. */
    private Duration age(ModuleStatus.Busy busy) {
        Duration age = Duration.between(busy.since(), clock.now());
        return age.isNegative() ? Duration.ZERO : age;
    }

    private static void throwIfUnreachable(ZbusException e) throws ZbusException {
        if (e.kind() == ZbusException.Kind.UNREACHABLE) {
            throw e;
        }
    }

    private List<String> checkVms(Node node, ModuleStatus vmd, Deadline deadline) throws ZbusException, InterruptedException {
        if (vmd == null || vmd.isBusy()) {
            report(Mark.SKIPPED, "not asked: vmd " + (vmd == null ? "does not answer" : "is busy"));
            return null;
        }
        try {
            List<String> running = node.vmd().list(deadline);
            report(Mark.GOOD, running.size() + " on the node");
            return running;
        } catch (ZbusException e) {
            throwIfUnreachable(e);
            report(Mark.FAILED, e.getMessage());
            return null;
        }
    }

    /**
     * vmd's monitor asks provisiond about each VM, and Run waits for the monitor. So a run can pass without
     * provisiond only if there is no VM and no request of the monitor is left on provisiond's queue.
     */
    private void checkProvision(Node node, List<String> running, Deadline deadline) throws ZbusException, InterruptedException {
        boolean optional = running != null && running.isEmpty() && node.provision().waiting(deadline) == 0;
        checkModule(node.provision(), "provisiond", optional ? "no VM is running, so the next run does not need it" : "", deadline);
    }

    /** Whether a run could observe its guest's boot. It can pass without. */
    private CheckResult checkProc(Node node, Deadline deadline) throws InterruptedException {
        if (settings.bootTimeout().isZero()) {
            return new CheckResult(Mark.WARNING, Subject.GUEST, "its boot is not observed: --boot-timeout is 0");
        }
        try {
            TimedLookup.lookUp("/proc", () -> {
                node.proc().ensureReadable(true);
                return null;
            }, deadline);
            return new CheckResult(Mark.GOOD, Subject.GUEST, "its boot can be observed");
        } catch (StepException e) {
            return new CheckResult(Mark.WARNING, Subject.GUEST, "its boot cannot be observed: " + e.getMessage());
        }
    }

    private void report(Mark mark, String words) {
        results.accept(new CheckResult(mark, next, words));
        next = Subject.values()[next.ordinal() + 1];
    }
}
