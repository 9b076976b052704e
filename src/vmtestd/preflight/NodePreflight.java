package vmtestd.preflight;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import vmtestd.cleanup.StepException;
import vmtestd.cleanup.StopSignal;
import vmtestd.cleanup.TimedLookup;
import vmtestd.node.ModuleState;
import vmtestd.node.Node;
import vmtestd.node.NodeException;
import vmtestd.node.NodeModule;
import vmtestd.preflight.CheckResult.Mark;
import vmtestd.preflight.CheckResult.Subject;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;

/** The part of {@link Preflight} that asks the node: its broker, its modules, and what runs on it. */
final class NodePreflight {
    /** What all of it may take. */
    static final Duration TIME = Duration.ofSeconds(3);
    /** The end of that is kept for taking back what has not been answered until then. */
    private static final Duration TAKING_BACK = Duration.ofMillis(500);
    private static final Duration BROKER = Duration.ofSeconds(1);
    private static final Duration PROC = Duration.ofMillis(500);
    private static final Duration MODULES = Duration.ofMillis(1_200);

    /** How a module has answered. */
    private enum Answer { FREE, BUSY, NONE }

    private final Function<Deadline, Node> nodeUntil;
    private final Duration longestCall;
    private final Duration bootTimeout;
    private final Clock clock;
    private final StopSignal stop;
    private final Consumer<CheckResult> findings;
    private boolean brokerAway;

    /**
     * @param longestCall how long a run would wait for a call
     * @param bootTimeout how long it would wait for its guest to boot
     */
    NodePreflight(Function<Deadline, Node> nodeUntil, Duration longestCall, Duration bootTimeout, Clock clock, StopSignal stop, Consumer<CheckResult> findings) {
        this.nodeUntil = nodeUntil;
        this.longestCall = longestCall;
        this.bootTimeout = bootTimeout;
        this.clock = clock;
        this.stop = stop;
        this.findings = findings;
    }

    /** Asks everything; gives the names of the VMs on the node, or null where they are not known. */
    List<String> look() throws InterruptedException {
        Deadline end = Deadline.in(clock, TIME);
        Deadline answers = end.cappedAt(TIME.minus(TAKING_BACK));
        Node node = nodeUntil.apply(end);
        CheckResult guest = lookAtProc(node, end.cappedAt(PROC));
        List<String> running = askAll(node, answers);
        findings.accept(guest);
        return running;
    }

    private List<String> askAll(Node node, Deadline answers) throws InterruptedException {
        if (!askBroker(node, answers)) {
            skip("the broker is away", Subject.VMD, Subject.FLIST, Subject.STORAGE, Subject.ZUI, Subject.VMS, Subject.PROVISION);
            return null;
        }
        try {
            Answer vmd = askModules(node, answers.cappedAt(MODULES));
            List<String> running = askForVms(node, vmd, answers.cappedAt(answers.remaining().dividedBy(2)));
            askProvision(node, running, answers);
            return running;
        } finally {
            // Deletes what was answered too late, also after a stop, which is seen again behind it.
            stop.forbidInterrupt();
            node.broker().disconnect();
            stop.allowInterrupt();
        }
    }

    private boolean askBroker(Node node, Deadline deadline) throws InterruptedException {
        long begin = clock.nanoTime();
        try {
            node.broker().connect(deadline.cappedAt(BROKER));
            String took = GoDuration.format(Duration.ofNanos(clock.nanoTime() - begin));
            tell(Mark.GOOD, Subject.BROKER, "PING was answered within " + took);
            return true;
        } catch (NodeException e) {
            tell(Mark.FAILED, Subject.BROKER, e.getMessage());
            node.broker().disconnect();
            return false;
        }
    }

    /** Asks those that a run needs, and zui; returns how vmd has answered. */
    private Answer askModules(Node node, Deadline deadline) throws InterruptedException {
        Map<Subject, NodeModule> modules = new EnumMap<>(Map.of(Subject.VMD, node.vmd(), Subject.FLIST, node.flist(),
                Subject.STORAGE, node.storage(), Subject.ZUI, node.zui()));
        Answer vmd = Answer.NONE;
        int left = modules.size();
        for (Map.Entry<Subject, NodeModule> module : modules.entrySet()) {
            // Its share of the time that is left: one that is silent must not keep the others.
            Deadline share = deadline.cappedAt(deadline.remaining().dividedBy(left--));
            Answer answer = ask(module.getKey(), module.getValue(), module.getKey() == Subject.ZUI ? "a run does without it" : "", share);
            vmd = module.getKey() == Subject.VMD ? answer : vmd;
        }
        return vmd;
    }

    /** @param without what a run does without the module; empty if it would fail */
    private Answer ask(Subject subject, NodeModule module, String without, Deadline deadline) throws InterruptedException {
        if (brokerAway) {
            skip("the broker has broken off", subject);
            return Answer.NONE;
        }
        try {
            ModuleState state = module.state(deadline);
            if (!state.isBusy()) {
                tell(Mark.GOOD, subject, state.busy().isEmpty() ? "up, and free"
                        : "up, and busy with " + calls(state) + ": other calls do not wait");
                return Answer.FREE;
            }
            // A run gives no call more time than that.
            boolean hangs = state.busy().stream().allMatch(busy -> since(busy).compareTo(longestCall) > 0) && without.isEmpty();
            tell(hangs ? Mark.FAILED : Mark.WARNING, subject, hangs
                    ? "up, and hangs in " + calls(state) + "; see zinit log " + service(subject)
                    : "up, and busy with " + calls(state) + ": other calls wait");
            return Answer.BUSY;
        } catch (NodeException e) {
            brokerAway = e.kind() == NodeException.Kind.UNREACHABLE;
            boolean spared = !without.isEmpty() && !brokerAway;
            String next = brokerAway ? "" : spared ? "; " + without : "; see zinit log " + service(subject);
            tell(spared ? Mark.WARNING : Mark.FAILED, subject, e.getMessage() + next);
            return Answer.NONE;
        }
    }

    /** The name of a module's service, but for zui, which is never what a run fails of. */
    private static String service(Subject subject) {
        return subject == Subject.VMD ? "vmd" : subject + "d";
    }

    private String calls(ModuleState state) {
        return state.busy().stream().map(busy -> busy.call() + " for " + GoDuration.format(since(busy)))
                .collect(Collectors.joining(" and with "));
    }

    /** By two readings of the wall clock, which may have been set back in between. */
    private Duration since(ModuleState.Busy busy) {
        Duration since = Duration.between(busy.since(), clock.now());
        return since.isNegative() ? Duration.ZERO : since;
    }

    private List<String> askForVms(Node node, Answer vmd, Deadline deadline) throws InterruptedException {
        if (brokerAway) {
            skip("the broker has broken off", Subject.VMS);
            return null;
        }
        if (vmd != Answer.FREE) {
            skip("vmd " + (vmd == Answer.BUSY ? "is busy" : "does not answer"), Subject.VMS);
            return null;
        }
        try {
            List<String> running = node.vmd().list(deadline);
            tell(Mark.GOOD, Subject.VMS, running.size() + " on the node");
            return running;
        } catch (NodeException e) {
            brokerAway = e.kind() == NodeException.Kind.UNREACHABLE;
            tell(Mark.FAILED, Subject.VMS, e.getMessage());
            return null;
        }
    }

    /**
     * vmd's monitor asks provisiond about each VM that runs, and Run waits for the monitor. So a run does without
     * provisiond only if no VM runs, and the monitor does not wait already for an answer about one that did.
     */
    private void askProvision(Node node, List<String> running, Deadline deadline) throws InterruptedException {
        String without = "";
        if (running != null && running.isEmpty()) {
            try {
                if (node.provision().waiting(deadline) == 0) {
                    without = "no VM runs that vmd would ask it about, so one more run does without it";
                }
            } catch (NodeException e) {
                brokerAway = true;
            }
        }
        ask(Subject.PROVISION, node.provision(), without, deadline);
    }

    /** Whether a run could see that its guest boots. It does without. */
    private CheckResult lookAtProc(Node node, Deadline deadline) throws InterruptedException {
        if (bootTimeout.isZero()) {
            return new CheckResult(Mark.WARNING, Subject.GUEST, "booting is not observed: --boot-timeout is 0");
        }
        try {
            TimedLookup.lookUp("/proc", () -> {
                node.proc().ensureReadable(true);
                return null;
            }, deadline);
            return new CheckResult(Mark.GOOD, Subject.GUEST, "booting can be observed");
        } catch (StepException e) {
            return new CheckResult(Mark.WARNING, Subject.GUEST, "booting cannot be observed: " + e.getMessage());
        }
    }

    private void skip(String why, Subject... subjects) {
        for (Subject subject : subjects) {
            tell(Mark.SKIPPED, subject, "not asked: " + why);
        }
    }

    private void tell(Mark mark, Subject subject, String words) {
        findings.accept(new CheckResult(mark, subject, words));
    }
}
