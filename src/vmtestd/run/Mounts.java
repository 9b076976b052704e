package vmtestd.run;

import java.nio.file.Files;
import java.nio.file.Path;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Settings;
import vmtestd.cleanup.StepException;
import vmtestd.node.Node;
import vmtestd.node.Vm;
import vmtestd.time.Deadline;
import vmtestd.zbus.ZbusException;

/** Mounts a run's flists, each after it is in the journal, and finds in them what the VM boots from. */
record Mounts(Node node, Settings settings, Journal journal) {
    /** What a writable mount needs beyond the disk image that vmd copies into it. */
    private static final long ROOM_BESIDE_IMAGE = 64L << 20;

    /** The disk of a full VM. A container has none. */
    private static final String IMAGE = "/image.raw";

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
            return Disk.lookUp(path, () -> {
                if (!path.startsWith("/") || !Files.isDirectory(Path.of(path))) {
                    throw new StepException(Cause.PROTOCOL_ERROR, "flistd returned '" + path + "', which is not a directory");
                }
                return Path.of(path).normalize();
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
        boolean container = find(root, IMAGE, deadline) == null;
        Path kernel = find(root, "/boot/vmlinuz", deadline);
        Path initrd = find(root, "/boot/initrd.img", deadline);
        Vm.Boot boot = container ? new Vm.Boot(Vm.BootType.VIRTIO_FS, root.toString())
                : new Vm.Boot(Vm.BootType.DISK, writableImage(id, root, deadline).toString());
        String note = (container ? "container" : "full VM") + ", kernel of its own";
        if (kernel == null) {
            String flist = settings.kernelFlist();
            Path kernels = mount(id + Journal.KERNEL_SUFFIX, flist, 0, deadline);
            kernel = require(kernels, container ? "/kernel" : "/hypervisor-fw", flist, deadline);
            initrd = container ? require(kernels, "/initramfs-linux.img", flist, deadline) : null;
            String url = flist.split("\\?", 2)[0];
            note = (container ? "container, kernel" : "full VM, firmware") + " from " + url.substring(url.lastIndexOf('/') + 1);
        }
        return new BootPlan(Vm.minimal(id, settings.cpu(), settings.memory(), kernel.toString(),
                initrd == null ? "" : initrd.toString(), boot), note);
    }

    /** vmd opens a disk image for writing. */
    private Path writableImage(String id, Path root, Deadline deadline) throws ZbusException, StepException, InterruptedException {
        long size = Disk.lookUp(root.toString(), () -> Files.size(ChrootPath.regularFile(root, IMAGE)),
                deadline.cappedAt(settings.queryTimeout()));
        Path mount = mount(id + Journal.DISK_SUFFIX, settings.flist(), size + ROOM_BESIDE_IMAGE, deadline);
        return require(mount, IMAGE, settings.flist(), deadline);
    }

    /** Returns a file that an flist must have. */
    private Path require(Path mount, String path, String flist, Deadline deadline) throws StepException, InterruptedException {
        Path file = find(mount, path, deadline);
        if (file == null) {
            throw new StepException(Cause.BAD_FLIST, "the flist " + flist + " has no " + path);
        }
        return file;
    }

    /** Returns a file of an flist, or null if the flist does not have it. */
    private Path find(Path mount, String path, Deadline deadline) throws StepException, InterruptedException {
        return Disk.lookUp(mount.toString(), () -> ChrootPath.regularFile(mount, path), deadline.cappedAt(settings.queryTimeout()));
    }
}
