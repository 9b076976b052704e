package vmtestd.check;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
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
    private static final String FIRMWARE = "/hypervisor-fw";
    private static final String KERNEL = "/kernel";
    private static final String INITRD = "/initramfs-linux.img";

    private interface Action {
        /** Does a step; gives what was learnt. */
        String run() throws NodeException, CheckException, InterruptedException;
    }

    private final Node node;
    private final Settings settings;
    private final Journal journal;
    private final Clock clock;
    private final StopSignal stop;
    private final RunObserver observer;
    private final Removal removal;
    private final String id;

    private final List<StepResult> results = new ArrayList<>();
    private final Deque<Journal.Entry> mounts = new ArrayDeque<>();
    private Journal.Entry vm;
    private Path mountPoint;
    private Vm.Boot boot;
    private Path kernel;
    private String initrd = "";
    private String consoleLog = "";
    private Verdict verdict = new Verdict.Passed();
    private Deadline deadline;

    public TestCycle(Node node, Settings settings, Journal journal, Clock clock, StopSignal stop, RunObserver observer) {
        this.node = node;
        this.settings = settings;
        this.journal = journal;
        this.clock = clock;
        this.stop = stop;
        this.observer = observer;
        this.removal = new Removal(node, settings, clock, stop);
        this.id = settings.prefix() + (settings.keep() ? Leftovers.KEEP : "") + journal.nextNumber(clock.now().getEpochSecond());
    }

    /** Does the run. Whatever happens in it is in the report; nothing is thrown. */
    public RunReport run() {
        Instant started = clock.now();
        long begin = clock.nanoTime();
        observer.runStarted(id);

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
        hangUp();

        RunReport report = new RunReport(id, started, Duration.ofNanos(clock.nanoTime() - begin), verdict, results,
                consoleLog, journal.counts(clock.now()), kept);
        observer.runEnded(report);
        return report;
    }

    /** The steps that stop at the first failure. */
    private boolean work() {
        return step(Step.CONNECT, this::connect)
                && step(Step.LIST, this::list)
                && step(Step.MOUNT, this::mount)
                && step(Step.INSPECT, this::inspect)
                && step(Step.DEPLOY, this::deploy)
                && step(Step.WAIT, this::letLive)
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
        try {
            if (vm != null) {
                kept.add((exists() ? "VM " : "what there is of VM ") + id);
            }
            mounts.descendingIterator().forEachRemaining(mount -> kept.add("mount " + mount.name()));
            journal.keep(id, clock.now().plus(Leftovers.KEPT_FOR));
        } catch (CheckException e) {
            tell(e);
        }
        return kept;
    }

    /** Whether the VM runs; where vmd does not say, it is believed to. */
    private boolean exists() {
        try {
            return node.vmd().exists(id, brief());
        } catch (NodeException e) {
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private String connect() throws NodeException, InterruptedException {
        try {
            journal.save();
        } catch (CheckException e) {
            // Leftovers are removed all the same. Before anything is deployed, it is written to again.
            observer.notice(e.getMessage());
        }
        node.broker().connect(brief());
        return "";
    }

    private String list() throws NodeException, CheckException, InterruptedException {
        List<String> running = node.vmd().list(brief());
        stop.forbidInterrupt();
        int removed = new Leftovers(removal, settings, journal, clock, observer).remove(running, true, stop);
        stop.allowInterrupt();
        deadline = Deadline.in(clock, settings.work());
        return running.size() + " VMs on the node" + (removed == 0 ? "" : ", leftovers of " + removed + " runs removed");
    }

    private String mount() throws NodeException, CheckException, InterruptedException {
        mountPoint = mount(id, settings.flist(), MountOptions.READ_ONLY);
        return mountPoint.toString();
    }

    private String inspect() throws NodeException, CheckException, InterruptedException {
        BootFiles files = bootFiles();
        if (files.image() != null) {
            mountAgainWritable(files.imageSize());
            files = bootFiles();
            if (files.image() == null) {
                throw new CheckException(Cause.BAD_FLIST, "/image.raw was in the flist, and is not in its second mount");
            }
        }
        boolean container = files.image() == null;
        boot = container
                ? new Vm.Boot(Vm.BootType.VIRTIO_FS, mountPoint.toString())
                : new Vm.Boot(Vm.BootType.DISK, files.image().toString());
        if (files.kernel() != null) {
            kernel = files.kernel();
            initrd = files.initrd() == null ? "" : files.initrd().toString();
            return (container ? "container" : "full VM") + ", kernel of its own";
        }
        Path kernels = mount(id + Leftovers.KERNEL_SUFFIX, settings.kernelFlist(), MountOptions.READ_ONLY);
        kernel = kernelFile(kernels, container ? KERNEL : FIRMWARE);
        initrd = container ? kernelFile(kernels, INITRD).toString() : "";
        String url = settings.kernelFlist().split("\\?", 2)[0];
        String name = url.substring(url.lastIndexOf('/') + 1);
        return (container ? "container, kernel" : "full VM, firmware") + " from " + name;
    }

    private String deploy() throws NodeException, CheckException, InterruptedException {
        Journal.Entry entry = new Journal.Entry(Journal.Kind.VM, id);
        journal.add(entry);
        vm = entry;
        try {
            node.vmd().run(Vm.minimal(id, settings.cpu(), settings.memory(), kernel.toString(), initrd, boot), busy());
            return "";
        } catch (NodeException e) {
            if (!e.mayHaveRun()) {
                tell(strikeOut(vm));
                vm = null;
            } else if (e.kind() == NodeException.Kind.REMOTE_ERROR || e.kind() == NodeException.Kind.PROTOCOL_ERROR) {
                fetchConsoleLog();
            }
            throw e;
        }
    }

    private String letLive() throws InterruptedException {
        deadline = Deadline.in(clock, settings.observation());
        // A broker that closes idle connections would look as if it had broken off.
        node.broker().hangUp();
        clock.sleep(settings.waitTime());
        return "";
    }

    private String verify() throws NodeException, CheckException, InterruptedException {
        VmInfo info = null;
        NodeException unknown = null;
        boolean alive = node.vmd().exists(id, brief());
        if (alive) {
            try {
                info = node.vmd().inspect(id, brief());
            } catch (NodeException e) {
                // It may have died between the two questions: then that is the news.
                unknown = e;
                alive = e.kind() != NodeException.Kind.REMOTE_ERROR || node.vmd().exists(id, brief());
            }
        }
        if (!alive) {
            fetchConsoleLog();
            throw new CheckException(Cause.VM_DIED, "the VM was started and had died " + GoDuration.format(settings.waitTime()) + " later");
        }
        if (unknown != null) {
            throw unknown;
        }
        if (info.cpu() != settings.cpu() || info.memory() != settings.memory()) {
            throw new CheckException(Cause.REMOTE_ERROR, "asked for " + settings.cpu() + " CPU and " + settings.memory()
                    + " bytes of memory, vmd runs it with " + info.cpu() + " and " + info.memory());
        }
        return "alive, " + info.cpu() + " CPU, " + (info.memory() >> 20) + " MiB";
    }

    private String delete() throws CheckException, InterruptedException {
        Removal.Outcome outcome = removal.vm(id, deadline);
        CheckException trouble = outcome.trouble();
        if (outcome.gone()) {
            trouble = firstOf(trouble, strikeOut(vm));
            vm = null;
        }
        return nothingOr(trouble);
    }

    private String unmount() throws CheckException, InterruptedException {
        CheckException first = null;
        while (!mounts.isEmpty()) {
            Journal.Entry mount = mounts.pop();
            Removal.Outcome outcome = removal.mount(mount.name(), deadline);
            first = firstOf(first, outcome.trouble());
            if (outcome.gone()) {
                first = firstOf(first, strikeOut(mount));
            }
        }
        return nothingOr(first);
    }

    /** The trouble that becomes the verdict; one that comes after it is reported all the same. */
    private CheckException firstOf(CheckException first, CheckException later) {
        if (first == null) {
            return later;
        }
        tell(later);
        return first;
    }

    private void tell(CheckException trouble) {
        if (trouble != null) {
            observer.notice(trouble.getMessage());
        }
    }

    /** Strikes out what is gone, or never was; gives what went wrong, which harms nobody: null for nothing. */
    private CheckException strikeOut(Journal.Entry entry) {
        try {
            journal.remove(entry);
            return null;
        } catch (CheckException e) {
            return e;
        }
    }

    private static String nothingOr(CheckException trouble) throws CheckException {
        if (trouble != null) {
            throw trouble;
        }
        return "";
    }

    private void hangUp() {
        try {
            node.broker().hangUp();
        } catch (InterruptedException e) {
            // The run is over; whoever interrupted wants the thread to know it.
            Thread.currentThread().interrupt();
        }
    }

    /** Mounts an flist, written down first; gives the mount point, which is a folder on this node. */
    private Path mount(String name, String flist, MountOptions options)
            throws NodeException, CheckException, InterruptedException {
        Journal.Entry entry = new Journal.Entry(Journal.Kind.MOUNT, name);
        if (!mounts.contains(entry)) {
            journal.add(entry);
            mounts.push(entry);
        }
        try {
            String path = node.flist().mount(name, flist, options, busy());
            return Bounded.lookUp(path, () -> folder(path), brief());
        } catch (NodeException e) {
            if (!e.mayHaveRun()) {
                mounts.remove(entry);
                tell(strikeOut(entry));
            }
            throw e;
        }
    }

    private static Path folder(String mountPoint) throws CheckException {
        try {
            Path path = Path.of(mountPoint);
            if (path.isAbsolute() && Files.isDirectory(path)) {
                return path;
            }
        } catch (InvalidPathException e) {
            // Said below, as of any other answer that leads nowhere.
        }
        throw new CheckException(Cause.PROTOCOL_ERROR, "flist answered Mount with '" + mountPoint + "', where no folder is");
    }

    /** vmd writes to a disk image, so its flist needs a volume. flistd gives a mounted name as it is. */
    private void mountAgainWritable(long imageSize) throws NodeException, CheckException, InterruptedException {
        if (imageSize > MAX_IMAGE) {
            throw new CheckException(Cause.BAD_FLIST, "/image.raw in the flist is said to have " + imageSize + " bytes");
        }
        // A removal is finished once it is begun; a stop is seen right behind it.
        stop.forbidInterrupt();
        Removal.Outcome outcome = removal.mount(id, deadline.within(settings.brief()));
        stop.allowInterrupt();
        outcome.check();
        mountPoint = mount(id, settings.flist(), MountOptions.writable(imageSize + ROOM_BESIDE_IMAGE));
    }

    private BootFiles bootFiles() throws CheckException, InterruptedException {
        return Bounded.lookUp(mountPoint.toString(), () -> BootFiles.find(mountPoint), brief());
    }

    private Path kernelFile(Path kernels, String path) throws CheckException, InterruptedException {
        Path file = Bounded.lookUp(kernels.toString(), () -> BootFiles.file(kernels, path), brief());
        if (file == null) {
            throw new CheckException(Cause.BAD_FLIST, "the kernel flist " + settings.kernelFlist() + " has no " + path);
        }
        return file;
    }

    /** Keeps the VM's console log, while there is one: deleting the VM removes it. */
    private void fetchConsoleLog() {
        try {
            String log = node.vmd().logs(id, brief());
            consoleLog = log.substring(Math.max(0, log.length() - MAX_CONSOLE_LOG));
        } catch (NodeException e) {
            observer.notice("no console log: " + e.getMessage());
        } catch (InterruptedException e) {
            // What failed is the news; the stop is seen at the next wait, or by the caller.
            Thread.currentThread().interrupt();
        }
    }

    /** The deadline of a call that does work. */
    private Deadline busy() {
        return deadline.within(settings.timeout());
    }

    /** The deadline of a call that only answers. */
    private Deadline brief() {
        return deadline.within(settings.brief());
    }

    /** Does a step and notes how it went; gives whether it went well. */
    private boolean step(Step step, Action action) {
        observer.stepStarted(step);
        long begin = clock.nanoTime();
        String note = "";
        Verdict.Failed failure = null;
        try {
            note = action.run();
        } catch (NodeException e) {
            failure = new Verdict.Failed(step, Cause.of(e.kind()), e.getMessage());
        } catch (CheckException e) {
            failure = new Verdict.Failed(step, e.cause(), e.getMessage());
        } catch (InterruptedException e) {
            failure = new Verdict.Failed(step, Cause.INTERRUPTED, "told to stop");
        } catch (RuntimeException | Error e) {
            // A bug or a lack of memory must not keep the steps that clean up from being done.
            failure = new Verdict.Failed(step, Cause.LOCAL_ERROR, e.toString());
        }
        if (failure != null && verdict instanceof Verdict.Passed) {
            verdict = failure;
        }
        StepResult result = new StepResult(step, Duration.ofNanos(clock.nanoTime() - begin), note, failure);
        results.add(result);
        observer.stepEnded(result);
        return failure == null;
    }
}
