package vmtestd.node;

import java.util.Map;
import vmtestd.zbus.MessageWriter;

/**
 * A virtual machine to run. What vmd's {@code VM} has beyond these stays empty: no network
 * interfaces, disks, shared folders or devices.
 *
 * @param name a name that no running VM has
 * @param cpu virtual CPUs, 1 to 255 and at most the host's
 * @param memory bytes, at least 250 MiB
 * @param kernel path of the kernel on the node; vmd wants one for a disk boot too
 * @param initrd path of the initial RAM disk; empty for none
 * @param kernelArgs words for the kernel's command line, beside vmd's own
 * @param entrypoint command that a container runs; empty for its own
 * @param boot what it boots from
 * @param environment environment of the entrypoint
 * @param noKeepAlive whether vmd leaves the VM dead when it dies; else it starts it again, up to four times
 * @param hostname the guest's; empty for none
 */
public record Vm(String name, int cpu, long memory, String kernel, String initrd, Map<String, String> kernelArgs,
        String entrypoint, Boot boot, Map<String, String> environment, boolean noKeepAlive, String hostname) {

    /** What a VM boots from, in the order of vmd's numbers. */
    public enum BootType {
        /** A disk image. vmd opens it for writing. */
        DISK,
        /** A folder that the guest mounts as its root by virtio-fs: a container. */
        VIRTIO_FS
    }

    /** @param path absolute path, on the node, of the image or folder */
    public record Boot(BootType type, String path) {}

    /** A VM with the given boot and nothing that is not needed, which stays dead when it dies. */
    public static Vm minimal(String name, int cpu, long memory, String kernel, String initrd, Boot boot) {
        return new Vm(name, cpu, memory, kernel, initrd, Map.of(), "", boot, Map.of(), true, "");
    }

    /** Go's {@code VM} as one packed argument, its fields in their order. */
    byte[] encode() {
        MessageWriter writer = new MessageWriter().map(15)
                .string("Name").string(name)
                .string("CPU").integer(cpu)
                .string("Memory").integer(memory)
                .string("Network").map(2).string("Ifaces").nil().string("Nameservers").nil()
                .string("KernelImage").string(kernel)
                .string("InitrdImage").string(initrd)
                .string("KernelArgs");
        strings(writer, kernelArgs);
        writer.string("Entrypoint").string(entrypoint)
                .string("Disks").nil()
                .string("Shared").nil()
                .string("Boot").map(2).string("Type").integer(boot.type().ordinal()).string("Path").string(boot.path())
                .string("Environment");
        strings(writer, environment);
        return writer.string("NoKeepAlive").bool(noKeepAlive)
                .string("Hostname").string(hostname)
                .string("Devices").nil()
                .toBytes();
    }

    /** Go's {@code map[string]string}: an empty one is nil. */
    private static void strings(MessageWriter writer, Map<String, String> map) {
        if (map.isEmpty()) {
            writer.nil();
        } else {
            writer.strings(map);
        }
    }
}
