package vmtestd.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The content of an flist: files and links by their path. */
public final class Flist {
    /** Precedes the target of a link. */
    private static final String LINK = "-> ";

    private final Map<String, String> entries = new LinkedHashMap<>();

    /** An app without a kernel, as {@code alpine3.flist}. */
    public static Flist container() {
        return new Flist().file("/bin/busybox", "ELF").link("/bin/sh", "busybox").link("/sbin/init", "/bin/busybox")
                .file("/mnt/.empty", "").file("/etc/alpine-release", "3.18");
    }

    /** A disk image that brings its own kernel, behind a link as distributions have it. */
    public static Flist fullVm() {
        return diskOnly().file("/boot/vmlinuz-5.15", "kernel").link("/boot/vmlinuz", "/boot/vmlinuz-5.15")
                .file("/boot/initrd.img", "initrd");
    }

    /** A disk image alone: it needs firmware. */
    public static Flist diskOnly() {
        return new Flist().file("/image.raw", "disk");
    }

    /** The flist with kernel and firmware. */
    public static Flist kernels() {
        return new Flist().file("/kernel", "kernel").file("/initramfs-linux.img", "initrd").file("/hypervisor-fw", "firmware");
    }

    public Flist file(String path, String content) {
        entries.put(path, content);
        return this;
    }

    public Flist link(String path, String target) {
        entries.put(path, LINK + target);
        return this;
    }

    /** Writes the content to a directory. */
    void unpack(Path directory) throws IOException {
        Files.createDirectories(directory);
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            Path path = directory.resolve(entry.getKey().substring(1));
            Files.createDirectories(path.getParent());
            if (entry.getValue().startsWith(LINK)) {
                Files.createSymbolicLink(path, Path.of(entry.getValue().substring(LINK.length())));
            } else {
                Files.writeString(path, entry.getValue());
            }
        }
    }
}
