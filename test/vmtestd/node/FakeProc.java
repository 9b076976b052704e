package vmtestd.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A {@code /proc} of plain files. */
public final class FakeProc {
    public static final String MOUNTS = """
            23 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw
            28 1 0:25 / / rw,relatime shared:1 - tmpfs tmpfs rw
            """;

    public final Path proc;

    public FakeProc(Path proc) throws IOException {
        this.proc = proc;
        write("self/mountinfo", MOUNTS);
        write("uptime", "1.00 1.00\n");
    }

    public void write(String path, String text) throws IOException {
        Path file = proc.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    public void process(int pid, int parent, long startTime, String... arguments) throws IOException {
        write(pid + "/cmdline", arguments.length == 0 ? "" : String.join("\0", arguments) + "\0");
        stat(pid, 'S', parent, startTime);
    }

    public void stat(int pid, char state, int parent, long startTime) throws IOException {
        write(pid + "/stat", pid + " (a) b (c) " + state + " " + parent
                + " 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 " + startTime + " 1 1 18446744073709551615 1\n");
    }

    /** A hypervisor as vmd starts it. */
    public void hypervisor(int pid, String name) throws IOException {
        process(pid, 1, 100 + pid, "cloud-hypervisor", "--cmdline", "console=ttyS0 root=vroot", "--api-socket", "/var/run/cloud-hypervisor/" + name,
                "--serial", "pty", "--fs", "tag=vroot,socket=/var/run/virtio-" + name + "-0.socket", "tag=data,socket=/var/run/virtio-" + name + "-1.socket",
                "--kernel", "/mnt/" + name + "-kernel/kernel");
    }

    /** A virtiofsd as vmd starts it. */
    public void virtiofsd(int pid, int parent, String name, int share) throws IOException {
        process(pid, parent, 100 + pid, "virtiofsd-rs", "--xattr", "--socket-path", "/var/run/virtio-" + name + "-" + share + ".socket",
                "--shared-dir", "/mnt/" + name);
    }

    /** What a process has read; without a number of bytes this kernel does not count them. */
    public void hasRead(int pid, Long bytes) throws IOException {
        Files.deleteIfExists(proc.resolve(pid + "/io"));
        if (bytes != null) {
            write(pid + "/io", "rchar: " + bytes + "\nwchar: 99999999\nsyscr: 1\n");
        }
    }

    /** The files of a virtiofsd whose guest has none open: its log, an eventfd, the share itself and inodes of it. */
    public void idleFiles(int pid) throws IOException {
        write(pid + "/mountinfo", "300 299 0:25 /mnt/test-vm-1 / ro shared:9 - fuse.g8ufs x ro\n301 300 0:30 / /proc rw - proc proc rw\n");
        open(pid, 0, 0100000, 28);
        open(pid, 5, 02000002, 15);
        open(pid, 6, 012000000 | 0200000, 300);
        open(pid, 7, 012400000, 300);
        open(pid, 8, 0300000, 300);
        open(pid, 9, 0100002, 300);
    }

    public void open(int pid, int fd, int flags, int mount) throws IOException {
        write(pid + "/fdinfo/" + fd, "pos:\t0\nflags:\t0" + Integer.toOctalString(flags) + "\nmnt_id:\t" + mount + "\nino:\t1\n");
    }
}
