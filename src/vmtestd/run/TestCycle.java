package vmtestd.run;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.StepException;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Leftovers;
import vmtestd.cleanup.Remover;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StopSignal;
import vmtestd.cleanup.TimedLookup;
import vmtestd.node.GuestWatch;
import vmtestd.node.MountOptions;
import vmtestd.node.Node;
import vmtestd.node.NodeException;
import vmtestd.node.Vm;
import vmtestd.node.VmInfo;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;

/**
 * One run of the test, from {@link Step#CONNECT} to {@link Step#UNMOUNT}. For one use, on one thread.
 *
 * <p>The steps that work stop at the first failure. Those that clean up are done whatever happened
 * before them, with a deadline of their own, and cannot be broken off by a {@link StopSignal}; unless the
 * settings say that all is to be kept.
 */
public final class TestCycle {
    /** What a writable mount needs beyond the disk image that vmd copies up into it. */
    private static final long ROOM_BESIDE_IMAGE = 64L << 20;
    /** A petabyte: a sparse file may claim more than any disk has. */
    private static final long MAX_IMAGE = 1L << 50;
    /** How much of a console log is kept, in characters; vmd itself gives the last 2 KiB. */
    private static final int MAX_CONSOLE_LOG = 4096;
    /** How often a guest that boots, and a VM that has to live, is looked at. */
    private static final Duration LOOK_AT_BOOT = Duration.ofMillis(500);
    private static final Duration VIRTIOFSD_SETTLES = Duration.ofSeconds(2);
    private static final Duration LOOK_AT_LIFE = Duration.ofSeconds(1);
    /** What vmd's Run answers if the name is in use (zosbase, pkg/vm/manager.go). */
    private static final String NAME_TAKEN = "a vm with same name already exists";
    private static final String IMAGE = "/image.raw";
    private static final String FIRMWARE = "/hypervisor-fw";
    private static final String KERNEL = "/kernel";
    private static final String INITRD = "/initramfs-linux.img";

    private interface Action {
        /** Does a step; gives what was learnt. */
        String run() throws NodeException, StepException, InterruptedException;
    }

    private final Node node;
    private final Settings settings;
    private final Journal journal;
    private final Clock clock;
    private final StopSignal stop;
    private final RunListener listener;
    private final Remover remover;
    private String id;

    private final List<StepResult> results = new ArrayList<>();
    private final Deque<Journal.Entry> mounts = new ArrayDeque<>();
    private Journal.Entry vm;
    private Path mountPoint;
    private Vm.Boot boot;
    private Path kernel;
    private String initrd = "";
    private String consoleLog = "";
    /** The first one; null if there was none. */
    private Failure failure;
    private Deadline deadline;
    /** When Run was called, by the monotonic clock. */
    private long runCalled;
    private Deadline bootEnd;
    private Deadline waitEnd;
    private Guest guest;
    /** From the call of Run until the guest was first seen up; null if it was not. */
    private Duration guestUp;
    private String guestConsole = "";

    public TestCycle(Node node, Settings settings, Journal journal, Clock clock, StopSignal stop, RunListener listener) {
        this.node = node;
        this.settings = settings;
        this.journal = journal;
        this.clock = clock;
        this.stop = stop;
        this.listener = listener;
        this.remover = new Remover(node, settings, clock, stop, listener);
        this.id = nextId();
    }

    private String nextId() {
        return settings.prefix() + (settings.keep() ? Leftovers.KEEP : "") + journal.nextNumber(clock.now().getEpochSecond());
    }

    /** Does the run. Whatever happens in it is in the report; nothing is thrown. */
    public RunReport run() {
        Instant started = clock.now();
        long begin = clock.nanoTime();
        listener.runStarted(id);

        stop.allowInterrupt();
        deadline = Deadline.in(clock, settings.work());
        work();
        stop.forbidInterrupt();

        deadline = Deadline.in(clock, settings.cleanup());
        List<String> kept = List.of();
        if (settings.keep() && !stop.requested()) {
            kept = keep();
        } else {
            cleanUp();
        }
        disconnect();

        RunReport report = new RunReport(id, started, since(begin), failure, results, guestUp, guestConsole, consoleLog,
                 journal.counts(clock.now()), kept);
        listener.runEnded(report);
        return report;
    }

    /** The steps that stop at the first failure. */
    private boolean work() {
        return step(Step.CONNECT, this::connect)
                && step(Step.LIST, this::list)
                && step(Step.MOUNT, this::mount)
                && step(Step.INSPECT, this::inspect)
                && step(Step.DEPLOY, this::deploy)
                && step(Step.BOOT, this::boot)
                && step(Step.WAIT, this::waitForVm)
                && step(Step.VERIFY, this::verify);
    }

    /** The steps that are done whatever happened, as far as there is something to do. */
    private void cleanUp() {
        if (vm != null) {
            step(Step.DELETE, this::delete);
        }
        // Never below a VM that lives: the next run finds the mounts in the journal.
        if (vm == null && !mounts.isEmpty()) {
            step(Step.UNMOUNT, this::unmount);
        }
    }

    /** Leaves all as it is, whatever became of the run: a VM that did not live is just what somebody wants to look at. */
    private List<String> keep() {
        List<String> kept = new ArrayList<>();
        if (vm != null) {
            kept.add((exists() ? "VM " : "what there is of VM ") + id);
        }
        mounts.descendingIterator().forEachRemaining(mount -> kept.add("mount " + mount.name()));
        journal.keep(id, clock.now().plus(Leftovers.KEPT_FOR));
        return kept;
    }

    /** Whether the VM runs; where vmd does not say, it is believed to. */
    private boolean exists() {
        try {
            return node.vmd().exists(id, queryDeadline());
        } catch (NodeException e) {
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private String connect() throws NodeException, InterruptedException {
        // Leftovers can be removed without it. It is written to again before anything is deployed.
        journal.save();
        node.broker().connect(queryDeadline());
        return "";
    }

    private String list() throws NodeException, StepException, InterruptedException {
        List<String> running = node.vmd().list(queryDeadline());
        stop.forbidInterrupt();
        int removed = new Leftovers(remover, settings, journal, clock, listener).remove(running, true, stop);
        stop.allowInterrupt();
        deadline = Deadline.in(clock, settings.work());
        claimId(running);
        return running.size() + " VMs on the node" + (removed == 0 ? "" : ", leftovers of " + removed + " runs removed");
    }

    /**
     * Takes the next number as long as a VM of that name runs or another daemon is about to deploy one. The
     * claim is a key at the broker, which covers the time until vmd's List shows the VM.
     */
    private void claimId(List<String> running) throws NodeException, InterruptedException {
        String first = id;
        while (running.contains(id) || !node.broker().claim("vmtestd." + id, settings.work(), queryDeadline())) {
            id = nextId();
        }
        if (!id.equals(first)) {
            listener.warn("the name " + first + " is taken; this run uses " + id);
        }
    }

    private String mount() throws NodeException, StepException, InterruptedException {
        mountPoint = mount(id, settings.flist(), MountOptions.READ_ONLY);
        return mountPoint.toString();
    }

    private String inspect() throws NodeException, StepException, InterruptedException {
        BootFiles files = TimedLookup.lookUp(mountPoint.toString(), () -> BootFiles.find(mountPoint), queryDeadline());
        boolean container = files.image() == null;
        boot = container
                ? new Vm.Boot(Vm.BootType.VIRTIO_FS, mountPoint.toString())
                : new Vm.Boot(Vm.BootType.DISK, writableImage(files.imageSize()).toString());
        if (files.kernel() != null) {
            kernel = files.kernel();
            initrd = files.initrd() == null ? "" : files.initrd().toString();
            return (container ? "container" : "full VM") + ", kernel of its own";
        }
        Path kernels = mount(id + Leftovers.KERNEL_SUFFIX, settings.kernelFlist(), MountOptions.READ_ONLY);
        kernel = file(kernels, container ? KERNEL : FIRMWARE, settings.kernelFlist());
        initrd = container ? file(kernels, INITRD, settings.kernelFlist()).toString() : "";
        String url = settings.kernelFlist().split("\\?", 2)[0];
        String name = url.substring(url.lastIndexOf('/') + 1);
        return (container ? "container, kernel" : "full VM, firmware") + " from " + name;
    }

    private String deploy() throws NodeException, StepException, InterruptedException {
        Journal.Entry entry = new Journal.Entry(Journal.Kind.VM, id);
        journal.add(entry);
        vm = entry;
        runCalled = clock.nanoTime();
        bootEnd = Deadline.in(clock, settings.bootTimeout());
        try {
            node.vmd().run(Vm.minimal(id, settings.cpu(), settings.memory(), kernel.toString(), initrd, boot), operationDeadline());
            waitEnd = Deadline.in(clock, settings.waitTime());
            return "";
        } catch (NodeException e) {
            if (!e.mayHaveRun()) {
                journal.remove(vm);
                vm = null;
            } else if (e.kind() == NodeException.Kind.REMOTE_ERROR) {
                throw runFailed(e.getMessage());
            }
            throw e;
        }
    }

    /**
     * The failure of a Run that vmd answered with an error. vmd puts the end of the VM's console log before the
     * reason (zosbase, withLogs in pkg/vm/manager.go), and has deleted the log by then.
     */
    private StepException runFailed(String message) {
        if (message.contains(NAME_TAKEN)) {
            forgetVmAndMounts();
        }
        int reason = message.lastIndexOf('\n') + 1;
        if (reason == 0) {
            return new StepException(Cause.REMOTE_ERROR, message);
        }
        int log = message.indexOf(": ") + 2;
        consoleLog = endOf(message.substring(Math.min(log, reason), reason));
        String words = message.substring(reason);
        return new StepException(Cause.REMOTE_ERROR,
                message.substring(0, log) + (words.startsWith(": ") ? words.substring(2) : words));
    }

    /** The VM of this name is somebody else's, and so are the mounts that flistd has under this name. */
    private void forgetVmAndMounts() {
        journal.remove(vm);
        vm = null;
        while (!mounts.isEmpty()) {
            journal.remove(mounts.pop());
        }
    }

    private String boot() throws StepException, InterruptedException {
        deadline = Deadline.in(clock, settings.observation());
        if (settings.bootTimeout().isZero()) {
            return "not observed: --boot-timeout is 0";
        }
        guest = new Guest(node, id, clock);
        // On a busy node, virtiofsd may not be where it will be.
        Deadline settled = Deadline.in(clock, VIRTIOFSD_SETTLES);
        while (true) {
            GuestWatch.State state = guest.look();
            if (state instanceof GuestWatch.NotObservable unknown && (!guest.isFound() || settled.expired())) {
                return "not observed: " + unknown.why();
            }
            if (state instanceof GuestWatch.Booted) {
                guestUp = since(runCalled);
                waitEnd = waitEnd.orLater(Deadline.in(clock, Settings.CRASH_SHOWS));
                return "the guest's userland runs";
            }
            failIfEnded(state);
            if (bootEnd.expired()) {
                readGuestConsole();
                throw new StepException(Cause.NO_BOOT, "the guest did not boot within "
                        + GoDuration.format(settings.bootTimeout()) + ": " + state);
            }
            clock.sleep(LOOK_AT_BOOT);
        }
    }

    /** Waits for the rest of the time that the VM has to live: from the end of deploy, and not too short for a crash to show. */
    private String waitForVm() throws NodeException, StepException, InterruptedException {
        while (!waitEnd.expired()) {
            Duration left = waitEnd.remaining();
            clock.sleep(left.compareTo(LOOK_AT_LIFE) < 0 ? left : LOOK_AT_LIFE);
            failIfGuestEnded();
            if (!waitEnd.expired() && !node.vmd().exists(id, queryDeadline())) {
                throw died("the VM died " + age());
            }
        }
        return "";
    }

    private void failIfGuestEnded() throws StepException, InterruptedException {
        if (guest != null) {
            failIfEnded(guest.look());
        }
    }

    private void failIfEnded(GuestWatch.State state) throws StepException, InterruptedException {
        if (state instanceof GuestWatch.Reset) {
            throw died("the guest reset itself " + age());
        }
        if (state instanceof GuestWatch.Ended) {
            throw died("the VM died " + age());
        }
    }

    private String verify() throws NodeException, StepException, InterruptedException {
        // Before Inspect, which does not answer while a guest is being reset.
        failIfGuestEnded();
        if (!node.vmd().exists(id, queryDeadline())) {
            throw died("the VM died " + age());
        }
        VmInfo info;
        try {
            info = node.vmd().inspect(id, queryDeadline());
        } catch (NodeException e) {
            // It may have died between the two questions.
            if (e.kind() == NodeException.Kind.REMOTE_ERROR && !node.vmd().exists(id, queryDeadline())) {
                throw died("the VM died " + age());
            }
            throw e;
        }
        if (settings.console()) {
            readGuestConsole();
        }
        long memory = settings.memory() >> 20;
        if (info.cpu() != settings.cpu() || info.memory() != memory) {
            throw new StepException(Cause.REMOTE_ERROR, "asked for " + settings.cpu() + " CPU and " + memory
                    + " MiB, vmd reports " + info.cpu() + " and " + info.memory());
        }
        return "alive, " + info.cpu() + " CPU, " + info.memory() + " MiB";
    }

    /** Says when something happened to the VM: now. */
    private String age() {
        return guestUp == null ? GoDuration.format(since(runCalled)) + " after it was started"
                : GoDuration.format(since(runCalled).minus(guestUp)) + " after it was up";
    }

    private Duration since(long nanos) {
        return Duration.ofNanos(clock.nanoTime() - nanos);
    }

    /** The failure of a VM that ended by itself, with what it said: vmd's monitor deletes its log within 10 s. */
    private StepException died(String words) throws InterruptedException {
        readGuestConsole();
        fetchConsoleLog();
        return new StepException(Cause.VM_DIED, words);
    }

    /** Keeps the end of what the guest wrote to its serial console. */
    private void readGuestConsole() throws InterruptedException {
        if (guest != null) {
            guestConsole = String.join("\n", guest.console(listener));
        }
    }

    private String delete() throws StepException, InterruptedException {
        Remover.Outcome outcome = remover.vm(id, deadline);
        if (outcome.gone()) {
            journal.remove(vm);
            vm = null;
        }
        return nothingOr(outcome.error());
    }

    private String unmount() throws StepException, InterruptedException {
        StepException first = null;
        while (!mounts.isEmpty()) {
            Journal.Entry mount = mounts.pop();
            Remover.Outcome outcome = remover.mount(mount.name(), deadline);
            first = firstOf(first, outcome.error());
            if (outcome.gone()) {
                journal.remove(mount);
            }
        }
        return nothingOr(first);
    }

    /** The trouble that becomes the verdict; one that comes after it is reported all the same. */
    private StepException firstOf(StepException first, StepException later) {
        if (first == null) {
            return later;
        }
        tell(later);
        return first;
    }

    private void tell(StepException trouble) {
        if (trouble != null) {
            listener.warn(trouble.getMessage());
        }
    }

    private static String nothingOr(StepException trouble) throws StepException {
        if (trouble != null) {
            throw trouble;
        }
        return "";
    }

    private void disconnect() {
        try {
            node.broker().disconnect();
        } catch (InterruptedException e) {
            // The run is over; whoever interrupted wants the thread to know it.
            Thread.currentThread().interrupt();
        }
    }

    /** Mounts an flist, written down first; gives the mount point, which is a folder on this node. */
    private Path mount(String name, String flist, MountOptions options)
            throws NodeException, StepException, InterruptedException {
        Journal.Entry entry = new Journal.Entry(Journal.Kind.MOUNT, name);
        if (!mounts.contains(entry)) {
            journal.add(entry);
            mounts.push(entry);
        }
        try {
            String path = node.flist().mount(name, flist, options, operationDeadline());
            return TimedLookup.lookUp(path, () -> folder(path), queryDeadline());
        } catch (NodeException e) {
            if (!e.mayHaveRun()) {
                mounts.remove(entry);
                journal.remove(entry);
            }
            throw e;
        }
    }

    private static Path folder(String mountPoint) throws StepException {
        try {
            Path path = Path.of(mountPoint);
            if (path.isAbsolute() && Files.isDirectory(path)) {
                return path;
            }
        } catch (InvalidPathException e) {
            // Said below, as of any other answer that leads nowhere.
        }
        throw new StepException(Cause.PROTOCOL_ERROR, "flist answered Mount with '" + mountPoint + "', where no folder is");
    }

    /** The disk image in a mount of its own that can be written to, as vmd wants it. */
    private Path writableImage(long size) throws NodeException, StepException, InterruptedException {
        if (size > MAX_IMAGE) {
            throw new StepException(Cause.BAD_FLIST, IMAGE + " in the flist is said to have " + size + " bytes");
        }
        Path disk = mount(id + Leftovers.DISK_SUFFIX, settings.flist(), MountOptions.writable(size + ROOM_BESIDE_IMAGE));
        return file(disk, IMAGE, settings.flist());
    }

    /** A file that an flist must have. */
    private Path file(Path mount, String path, String flist) throws StepException, InterruptedException {
        Path file = TimedLookup.lookUp(mount.toString(), () -> BootFiles.file(mount, path), queryDeadline());
        if (file == null) {
            throw new StepException(Cause.BAD_FLIST, "the flist " + flist + " has no " + path);
        }
        return file;
    }

    /** Keeps the VM's console log, while there is one: deleting the VM removes it. */
    private void fetchConsoleLog() {
        try {
            consoleLog = endOf(node.vmd().logs(id, queryDeadline()));
        } catch (NodeException e) {
            listener.warn("no console log: " + e.getMessage());
        } catch (InterruptedException e) {
            // What failed is the news; the stop is seen at the next wait, or by the caller.
            Thread.currentThread().interrupt();
        }
    }

    private static String endOf(String log) {
        return log.substring(Math.max(0, log.length() - MAX_CONSOLE_LOG));
    }

    /** The deadline of a call that does work. */
    private Deadline operationDeadline() {
        return deadline.cappedAt(settings.timeout());
    }

    /** The deadline of a call that only answers. */
    private Deadline queryDeadline() {
        return deadline.cappedAt(settings.queryTimeout());
    }

    /** Does a step and notes how it went; gives whether it went well. */
    private boolean step(Step step, Action action) {
        listener.stepStarted(step);
        // Users wait for their guest from the call of Run.
        long begin = step == Step.BOOT ? runCalled : clock.nanoTime();
        String note = "";
        Failure ended = null;
        try {
            note = action.run();
        } catch (NodeException e) {
            ended = new Failure(step, Cause.of(e.kind()), e.getMessage());
        } catch (StepException e) {
            ended = new Failure(step, e.cause(), e.getMessage());
        } catch (InterruptedException e) {
            ended = new Failure(step, Cause.INTERRUPTED, "told to stop");
        } catch (RuntimeException | Error e) {
            // A bug or a lack of memory must not keep the steps that clean up from being done.
            ended = new Failure(step, Cause.LOCAL_ERROR, e.toString());
        }
        failure = failure == null ? ended : failure;
        StepResult result = new StepResult(step, since(begin), note, ended);
        results.add(result);
        listener.stepEnded(result);
        return ended == null;
    }
}
