package vmtestd.run;

import java.io.File;
import java.nio.file.Path;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Leftovers;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StepException;
import vmtestd.cleanup.TimedLookup;
import vmtestd.node.Node;
import vmtestd.node.Vm;
import vmtestd.time.Deadline;
import vmtestd.zbus.ZbusException;

/** Mounts a run's flists, each after it is in the journal, and finds in them what the VM boots from. */
record Mounts(Node node, Settings settings, Journal journal) {
    /** What a writable mount needs beyond the disk image that vmd copies into it. */
    private static final long ROOM_BESIDE_IMAGE = 64L << 20;
    /** A petabyte. A sparse file may claim more than any disk has. */
    private static final long MAX_IMAGE = 1L << 50;

    /** @param note how the VM boots, for the report */
    record BootPlan(Vm vm, String note) {}

    /**
     * Mounts an flist.
     *
     * @param room as in {@link vmtestd.node.Flistd#mount}
     * @return the mount point, which is a directory on this node
     */
    Path mount(String name, String flist, long room, Deadline deadline)
            throws ZbusException, StepException, InterruptedException {
        Journal.Entry entry = new Journal.Entry(Journal.Kind.MOUNT, name);
        journal.add(entry);
        try {
            String path = node.flistd().mount(name, flist, room, deadline.cappedAt(settings.timeout()));
            return TimedLookup.lookUp(path, () -> {
                if (!path.startsWith("/") || !new File(path).isDirectory()) {
                    throw new StepException(Cause.PROTOCOL_ERROR, "flistd returned '" + path + "', which is not a directory");
                }
                return Path.of(path);
            }, deadline.cappedAt(settings.queryTimeout()));
        } catch (ZbusException e) {
            if (!e.mayHaveRun()) {
                journal.remove(entry);
            }
            throw e;
        }
    }

    /**
     * Decides what the VM boots from, and mounts what it needs: a disk image once more in a writable mount, and the kernel
     * flist if the flist has no kernel.
     *
     * @param id the run's
     * @param root the mount point of the flist
     */
    BootPlan plan(String id, Path root, Deadline deadline) throws ZbusException, StepException, InterruptedException {
        BootFiles files = TimedLookup.lookUp(root.toString(), () -> BootFiles.find(root), deadline.cappedAt(settings.queryTimeout()));
        boolean container = files.image() == null;
        Vm.Boot boot = container ? new Vm.Boot(Vm.BootType.VIRTIO_FS, root.toString())
                : new Vm.Boot(Vm.BootType.DISK, writableImage(id, files.imageSize(), deadline).toString());
        if (files.kernel() != null) {
            return new BootPlan(vm(id, files.kernel(), files.initrd(), boot), (container ? "container" : "full VM") + ", kernel of its own");
        }
        String flist = settings.kernelFlist();
        Path kernels = mount(id + Leftovers.KERNEL_SUFFIX, flist, 0, deadline);
        Path kernel = file(kernels, container ? "/kernel" : "/hypervisor-fw", flist, deadline);
        Path initrd = container ? file(kernels, "/initramfs-linux.img", flist, deadline) : null;
        String url = flist.split("\\?", 2)[0];
        return new BootPlan(vm(id, kernel, initrd, boot),
                (container ? "container, kernel" : "full VM, firmware") + " from " + url.substring(url.lastIndexOf('/') + 1));
    }

    private Vm vm(String id, Path kernel, Path initrd, Vm.Boot boot) {
        return Vm.minimal(id, settings.cpu(), settings.memory(), kernel.toString(), initrd == null ? "" : initrd.toString(), boot);
    }

    /** vmd opens a disk image for writing. */
    private Path writableImage(String id, long size, Deadline deadline) throws ZbusException, StepException, InterruptedException {
        if (size > MAX_IMAGE) {
            throw new StepException(Cause.BAD_FLIST, BootFiles.IMAGE + " in the flist claims to have " + size + " bytes");
        }
        Path mount = mount(id + Leftovers.DISK_SUFFIX, settings.flist(), size + ROOM_BESIDE_IMAGE, deadline);
        return file(mount, BootFiles.IMAGE, settings.flist(), deadline);
    }

    /** Returns a file that an flist must have. */
    private Path file(Path mount, String path, String flist, Deadline deadline) throws StepException, InterruptedException {
        Path file = TimedLookup.lookUp(mount.toString(), () -> BootFiles.file(mount, path), deadline.cappedAt(settings.queryTimeout()));
        if (file == null) {
            throw new StepException(Cause.BAD_FLIST, "the flist " + flist + " has no " + path);
        }
        return file;
    }
}
