package vmtestd.node;

import java.util.Map;
import vmtestd.zbus.MessageWriter;

/**
 * The configuration of a VM. Other fields of vmd's {@code VM} are left empty: it has no shared directories or devices.
 *
 * @param name no running VM has it
 * @param cpu the number of virtual CPUs, 1 to 255 and at most the host's
 * @param memory in bytes, at least 250 MiB
 * @param kernel its path on the node; vmd requires one for a disk boot too
 * @param initrd the path of the initial RAM disk; may be empty
 * @param kernelArgs arguments for the kernel besides vmd's own
 * @param entrypoint the command that a container runs; empty for its default
 * @param environment the environment of the entrypoint
 * @param noKeepAlive whether a VM that dies is not started again; vmd would do that up to four times
 * @param hostname may be empty
 * @param disk a data disk, or null
 * @param tap the tap device of its network interface, or null
 */
public record Vm(String name, int cpu, long memory, String kernel, String initrd, Map<String, String> kernelArgs,
        String entrypoint, Boot boot, Map<String, String> environment, boolean noKeepAlive, String hostname, DataDisk disk, Tap tap) {

    /** What a VM boots from. The ordinals are vmd's numbers. */
    public enum BootType {
        /** A disk image, which vmd opens for writing. */
        DISK,
        /** A directory that the guest mounts as its root over virtio-fs. */
        VIRTIO_FS
    }

    /** @param path the absolute path of the image or directory on the node */
    public record Boot(BootType type, String path) {}

    /**
     * A data disk.
     *
     * @param path its file on the node
     * @param target the directory where the guest of a container mounts it, which must exist
     */
    public record DataDisk(String path, String target) {
        /** Writes Go's {@code VM.Disks} with one disk, or nil. */
        static void write(MessageWriter writer, DataDisk disk) {
            if (disk == null) {
                writer.nil();
            } else {
                writer.array(1).map(2).string("Path").string(disk.path).string("Target").string(disk.target);
            }
        }
    }

    /** Returns a VM with nothing optional, which is not started again if it dies. */
    public static Vm minimal(String name, int cpu, long memory, String kernel, String initrd, Boot boot) {
        return new Vm(name, cpu, memory, kernel, initrd, Map.of(), "", boot, Map.of(), true, "", null, null);
    }

    /** Returns this VM with a data disk and a network interface, each of which may be null, and an init. */
    public Vm with(DataDisk newDisk, Tap newTap, String init) {
        return new Vm(name, cpu, memory, kernel, initrd, kernelArgs, init, boot, environment, noKeepAlive, hostname, newDisk, newTap);
    }

    /** Encodes Go's {@code VM}, with its fields in their order. */
    byte[] encode() {
        MessageWriter writer = new MessageWriter().map(15)
                .string("Name").string(name)
                .string("CPU").integer(cpu)
                .string("Memory").integer(memory)
                .string("Network");
        Tap.writeNetwork(writer, tap);
        writer.string("KernelImage").string(kernel)
                .string("InitrdImage").string(initrd)
                .string("KernelArgs").strings(kernelArgs)
                .string("Entrypoint").string(entrypoint)
                .string("Disks");
        DataDisk.write(writer, disk);
        return writer.string("Shared").nil()
                .string("Boot").map(2).string("Type").integer(boot.type().ordinal()).string("Path").string(boot.path())
                .string("Environment").strings(environment)
                .string("NoKeepAlive").bool(noKeepAlive)
                .string("Hostname").string(hostname)
                .string("Devices").nil()
                .toBytes();
    }
}
