package vmtestd.preflight;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Scenario;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StepException;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.NetDevices;
import vmtestd.node.Node;
import vmtestd.node.NodeModule;
import vmtestd.preflight.CheckResult.Mark;
import vmtestd.preflight.CheckResult.Subject;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;
import vmtestd.zbus.ModuleStatus;
import vmtestd.zbus.ZbusException;

/**
 * Checks whether a run could start: here the node with its broker, its modules and {@code /proc}, then by
 * {@link RootPreflight} what is on this side. Deploys nothing and changes nothing.
 */
public final class Preflight {
    /** The limit for all of it, whatever is down or hangs. */
    private static final Duration TIME = Duration.ofSeconds(4);
    /** The part of that for the broker and the modules. */
    private static final Duration NODE = Duration.ofSeconds(3);
    /** The last part of that is reserved for cancelling requests that were not answered. */
    private static final Duration CANCEL = Duration.ofMillis(500);

    private final Function<Deadline, Node> nodeUntil;
    private final Path root;
    private final Settings settings;
    private final Clock clock;
    private final StopSignal stop;
    private final Consumer<CheckResult> results;
    private final boolean tap;
    private Subject next = Subject.BROKER;
    private boolean ready = true;

    /**
     * @param nodeUntil returns the node; the deadline bounds all that is done with it, including the cancelling
     *     of requests that were not answered
     * @param root need not exist
     * @param settings the settings of the run
     * @param results receives each result as soon as it is known: one for each subject, in their order
     */
    public Preflight(Function<Deadline, Node> nodeUntil, Path root, Settings settings, Clock clock, StopSignal stop,
            Consumer<CheckResult> results) {
        this.nodeUntil = nodeUntil;
        this.root = root;
        this.settings = settings;
        this.clock = clock;
        this.stop = stop;
        this.results = results;
        tap = settings.scenarios().stream().anyMatch(Scenario::hasTap);
    }

    /**
     * Checks everything, once.
     *
     * @return whether a run could start: nothing failed
     * @throws InterruptedException if a stop was requested; no request is left on a queue then
     */
    public boolean run() throws InterruptedException {
        stop.allowInterrupt();
        try {
            Deadline end = Deadline.in(clock, TIME);
            Node node = nodeUntil.apply(end.cappedAt(NODE));
            List<String> running = checkNode(node, end.cappedAt(NODE.minus(CANCEL)));
            checkProc(node, share(end, 2));
            if (settings.scenarios().stream().anyMatch(Scenario::hasDisk)) {
                checkObservation(Subject.DISK, "what a guest writes", "/mnt", Preflight::ensurePools, share(end, 2));
            }
            if (tap) {
                checkObservation(Subject.TAP, "what a guest sends and answers", "/sys", () -> ensureNetwork(node), share(end, 2));
            }
            new RootPreflight(root, settings, node.proc(), clock).check(running, end).forEach(this::report);
            return ready;
        } finally {
            stop.forbidInterrupt();
        }
    }

    /** Returns the names of the VMs on the node, or null if they are not known. Each call leaves the others their share of the time. */
    private List<String> checkNode(Node node, Deadline end) throws InterruptedException {
        List<String> running = null;
        try {
            long begin = clock.nanoTime();
            node.broker().connect(share(end, 2));
            report(Mark.GOOD, "PING was answered within " + GoDuration.format(Duration.ofNanos(clock.nanoTime() - begin)));
            ModuleStatus vmd = checkModule(node.vmd(), "vmd", "", share(end, 6));
            checkModule(node.flistd(), "flistd", "", share(end, 5));
            checkModule(node.storage(), "storaged", "", share(end, 4));
            checkModule(node.zui(), "zui", "a run does not need it", share(end, 3));
            running = checkVms(node, vmd, share(end, 2));
            // vmd's monitor asks provisiond about each VM, and Run waits for the monitor. So a run can pass without provisiond
            // only if there is no VM and no request of the monitor is left on provisiond's queue.
            boolean optional = running != null && running.isEmpty() && node.provision().waiting(end) == 0;
            checkModule(node.provision(), "provisiond", optional ? "no VM is running, so the next run does not need it" : "",
                    share(end, tap ? 2 : 1));
            if (tap) {
                checkModule(node.network(), "networkd", "a run passes without, and does not test the network", end);
            }
        } catch (ZbusException e) {
            report(Mark.FAILED, e.getMessage());
            while (next != (tap ? Subject.GUEST : Subject.NETWORK)) {
                report(Mark.SKIPPED, "not asked: the broker cannot be reached");
            }
        } finally {
            node.broker().close();
        }
        return running;
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
            Instant now = clock.now();
            String calls = state.calls(now);
            // A run waits no longer than that for a call.
            boolean hangs = required && state.busy().stream().allMatch(busy -> busy.duration(now).compareTo(settings.timeout()) > 0);
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

    /** Whether a run could observe its guest's boot. It can pass without. */
    private void checkProc(Node node, Deadline deadline) throws InterruptedException {
        if (settings.bootTimeout().isZero()) {
            report(new CheckResult(Mark.WARNING, Subject.GUEST, "its boot is not observed: --boot-timeout is 0"));
            return;
        }
        // A virtiofsd without a sandbox, or a root on a disk, shows only once it runs.
        checkObservation(Subject.GUEST, "its boot", "/proc", () -> {
            node.proc().ensureReadable(true);
            return null;
        }, deadline);
    }

    private static Void ensurePools() throws IOException {
        Path pools = Path.of("/mnt");
        try (DirectoryStream<Path> found = Files.newDirectoryStream(pools, pool -> Files.isReadable(pool.resolve("vdisks")))) {
            if (found.iterator().hasNext()) {
                return null;
            }
        }
        throw new IOException("there is no readable " + pools + "/POOL/vdisks, which the first disk makes");
    }

    private static Void ensureNetwork(Node node) throws IOException {
        if (!node.net().exists(NetDevices.BRIDGE)) {
            throw new IOException("the node has no " + NetDevices.BRIDGE);
        }
        node.net().ensureRawSockets();
        return null;
    }

    /** Whether a run could observe something. It can pass without. */
    private void checkObservation(Subject subject, String what, String where, Callable<Void> check, Deadline deadline)
            throws InterruptedException {
        try {
            Disk.lookUp(where, check, deadline);
            report(new CheckResult(Mark.GOOD, subject, what + " can probably be observed"));
        } catch (StepException e) {
            report(new CheckResult(Mark.WARNING, subject, what + " cannot be observed: " + e.getMessage()));
        }
    }

    private void report(Mark mark, String words) {
        report(new CheckResult(mark, next, words));
        next = Subject.values()[next.ordinal() + 1];
    }

    private void report(CheckResult result) {
        ready &= result.mark() != Mark.FAILED;
        results.accept(result);
    }
}
