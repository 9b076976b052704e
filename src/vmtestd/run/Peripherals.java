package vmtestd.run;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StepException;
import vmtestd.node.BtrfsFile;
import vmtestd.node.NetDevices;
import vmtestd.node.Networkd;
import vmtestd.node.Node;
import vmtestd.node.NodeModule;
import vmtestd.node.Tap;
import vmtestd.node.Vm;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;
import vmtestd.zbus.ZbusException;

/**
 * The disk and the tap device of a run's VM: makes each after it is in the journal, and looks from the host whether the
 * guest uses them. A step that returns a note beginning with {@code not} has tested nothing, which is no failure.
 */
final class Peripherals {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration ECHO = Duration.ofSeconds(1);
    /** A module that runs reports its status at once. */
    private static final Duration STATUS = Duration.ofSeconds(5);
    /** Where the guest mounts the disk: a directory that a read-only root must have. */
    private static final String TARGET = "/mnt";
    /** mkfs.btrfs takes no less than 109 MiB. */
    private static final long DISK_BYTES = 128L << 20;

    private final Node node;
    private final Settings settings;
    private final Journal journal;
    private final Clock clock;
    private final Guest guest;
    /** The file of the disk, or null if the VM has none. */
    BtrfsFile btrfs;
    /** The generation before the guest was started. */
    private long formatted;
    private String nonce;
    /** Null if the VM has no interface. */
    Tap tap;
    /** Whether the guest has a kernel of its own, which may ignore the node's configuration. */
    private boolean foreign;

    Peripherals(Node node, Settings settings, Journal journal, Clock clock, Guest guest) {
        this.node = node;
        this.settings = settings;
        this.journal = journal;
        this.clock = clock;
        this.guest = guest;
    }

    /** Returns a VM with the disk and the tap device, if they were made. */
    Vm attach(Vm vm) {
        foreign = !vm.kernel().contains("/" + vm.name() + Journal.KERNEL_SUFFIX + "/") || vm.boot().type() == Vm.BootType.DISK;
        if (btrfs == null) {
            return vm.with(null, tap, "");
        }
        String init = "/bin/sh -c \"echo " + nonce + " >" + TARGET + "/vmtestd; sync; exec /sbin/init\"";
        return vm.with(new Vm.DataDisk(btrfs.path(), TARGET), tap, init);
    }

    private interface Call<T> {
        T make() throws ZbusException, InterruptedException;
    }

    /** Makes something after it is in the journal. */
    private <T> T make(Journal.Entry entry, Call<T> call) throws ZbusException, StepException, InterruptedException {
        journal.add(entry);
        try {
            return call.make();
        } catch (ZbusException e) {
            // A disk of this name that exists already is not ours.
            if (!e.mayHaveRun() || e.getMessage().endsWith("already exists")) {
                journal.remove(entry);
            }
            throw e;
        }
    }

    /** Makes a disk with a file system, unless the guest could not write to it. */
    String makeDisk(String id, Path root, Vm vm, Deadline deadline) throws ZbusException, StepException, InterruptedException {
        if (vm.boot().type() == Vm.BootType.DISK) {
            return "not applicable: a disk image has an init of its own, which writes nothing";
        }
        for (String path : List.of("/bin/sh", "/sbin/init", TARGET)) {
            if (Disk.lookUp(root.toString(), () -> ChrootPath.resolve(root, path), deadline.cappedAt(settings.queryTimeout())) == null) {
                return "not applicable: the flist has no " + path;
            }
        }
        String path = make(new Journal.Entry(Journal.Kind.DISK, id),
                () -> node.storage().diskCreate(id, DISK_BYTES, deadline.cappedAt(settings.timeout())));
        node.storage().diskFormat(id, deadline.cappedAt(settings.timeout()));
        BtrfsFile file = new BtrfsFile(path);
        nonce = id + "-" + Long.toHexString(clock.nanoTime());
        try {
            formatted = Disk.lookUp(path, file::generation, deadline.cappedAt(settings.queryTimeout()));
        } catch (StepException e) {
            return "not observed: " + e.getMessage();
        }
        if (formatted == 0) {
            throw new StepException(Cause.REMOTE_ERROR, "storaged formatted " + path + ", which has no btrfs");
        }
        btrfs = file;
        return path;
    }

    /** Makes a tap device, unless this node has none of this kind. */
    String makeTap(String id, Deadline deadline) throws ZbusException, StepException, InterruptedException {
        if (!answers(node.network(), deadline)) {
            return answers(node.netlight(), deadline) ? "not applicable: this node has netlight in place of networkd"
                    : "not observed: networkd does not answer";
        }
        if (!node.net().exists(NetDevices.BRIDGE)) {
            return "not observed: the node has no " + NetDevices.BRIDGE;
        }
        Journal.Entry entry = new Journal.Entry(Journal.Kind.TAP, id);
        Tap made = make(entry, () -> node.network().setupYggTap(entry.tapName(), deadline.cappedAt(settings.timeout())));
        if (!made.device().equals(Networkd.device(entry.tapName()))) {
            throw new StepException(Cause.PROTOCOL_ERROR, "networkd made the tap device '" + made.device() + "' for " + entry.tapName());
        }
        tap = made;
        failIfTapIsMissing("");
        return tap.device();
    }

    /** Must be called right before vmd's Run: if the device is missing, vmd kills every process of the node. */
    void failIfTapIsMissing(String consequence) throws StepException {
        if (tap != null && !node.net().exists(tap.device())) {
            throw new StepException(Cause.REMOTE_ERROR,
                    "networkd made the tap device " + tap.device() + ", but the node does not have it" + consequence);
        }
    }

    private boolean answers(NodeModule module, Deadline deadline) throws ZbusException, InterruptedException {
        try {
            module.status(query(deadline).cappedAt(STATUS));
            return true;
        } catch (ZbusException e) {
            if (e.kind() == ZbusException.Kind.TIMEOUT) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Waits until the guest has written to its disk.
     *
     * @param bootEnd how long the guest may take if its boot was not observed
     */
    String awaitWrite(Deadline bootEnd, Deadline deadline) throws StepException, InterruptedException {
        Deadline end = Deadline.in(clock, Settings.STORAGE_SHOWS).orLater(bootEnd);
        long searched = formatted;
        while (true) {
            long generation = Disk.lookUp(btrfs.path(), btrfs::generation, query(deadline));
            if (generation > searched && Disk.lookUp(btrfs.path(), () -> btrfs.holds(nonce, formatted), query(deadline))) {
                return "the guest wrote to its disk";
            }
            searched = generation;
            if (end.expired()) {
                return missed(generation > formatted ? "the guest's disk was written to, but not by the guest's init"
                        : "the guest has not written to its disk", Settings.STORAGE_SHOWS, "");
            }
            pause(deadline);
        }
    }

    /** Waits until the guest answers on its network. Takes the same parameters as {@link #awaitWrite}. */
    String awaitAnswer(Deadline bootEnd, Deadline deadline) throws StepException, InterruptedException {
        Deadline end = Deadline.in(clock, Settings.NETWORK_SHOWS).orLater(bootEnd);
        while (true) {
            failIfTapIsMissing(" any more");
            String missing;
            try {
                missing = Disk.lookUp("/sys/class/net", this::missing, query(deadline));
            } catch (StepException e) {
                return "not observed: " + e.getMessage();
            }
            if (missing.isEmpty()) {
                return "the guest answers on its network";
            }
            if (end.expired()) {
                return missed(missing, Settings.NETWORK_SHOWS, " (" + tap.device() + ")");
            }
            pause(deadline);
        }
    }

    /** Returns what the host has not seen of the guest's network, or an empty string. */
    private String missing() throws IOException {
        NetDevices net = node.net();
        if (net.sent(tap.device()) == 0) {
            return "the guest sends nothing";
        }
        if (!net.hears(tap.mac())) {
            return "the guest sends, but " + (net.isOnBridge(tap.device()) ? "the bridge has not heard it" : "its tap is on no bridge");
        }
        return net.answersEcho(tap.linkLocal(), ECHO) ? "" : "the guest sends, but answers no echo request";
    }

    private String missed(String what, Duration span, String device) throws StepException {
        if (foreign) {
            return "not observed: " + what + "; its kernel is its own, and may ignore the configuration";
        }
        throw new StepException(Cause.NO_DATA, what + " within " + GoDuration.format(span) + device);
    }

    private void pause(Deadline deadline) throws StepException, InterruptedException {
        guest.failIfEnded(guest.look(), query(deadline));
        clock.sleep(POLL);
    }

    private Deadline query(Deadline deadline) {
        return deadline.cappedAt(settings.queryTimeout());
    }
}
