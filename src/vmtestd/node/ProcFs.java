package vmtestd.node;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the kernel knows about VMs and mounts, read from {@code /proc}. A process that ends while it is being read counts
 * as gone. The processes of a VM are those that zosbase starts ({@code pkg/vm/ch.go}):
 *
 * <pre>
 * cloud-hypervisor ... --api-socket /var/run/cloud-hypervisor/NAME ... --fs tag=vroot,socket=/var/run/virtio-NAME-0.socket
 * virtiofsd-rs --xattr --socket-path /var/run/virtio-NAME-0.socket --shared-dir ...
 * </pre>
 *
 * @param proc {@code /proc}, or a directory of the same form
 */
public record ProcFs(Path proc) {
    static final String HYPERVISOR = "cloud-hypervisor";
    static final String VIRTIOFSD = "virtiofsd";
    private static final int MAX_COMMAND_LINE = 64 << 10;
    private static final int MAX_FILE = 1 << 20;

    /**
     * A process that serves a VM.
     *
     * @param program {@code cloud-hypervisor} or {@code virtiofsd}
     * @param startTime in clock ticks since the system booted; tells this process from a later one with the same pid
     */
    public record VmProcess(String program, int pid, long startTime) {
        @Override
        public String toString() {
            return program + " (pid " + pid + ")";
        }
    }

    /** The fields of {@code /proc/PID/stat} that are used here. */
    private record Stat(char state, int parent, long startTime) {}

    /**
     * Checks that processes and mounts can be read.
     *
     * @param counters whether another process's counters must be readable too, as for {@link GuestWatch}
     * @throws IOException if they cannot, with the reason
     */
    public void ensureReadable(boolean counters) throws IOException {
        processesOf("");
        isMounted("");
        if (counters) {
            // A kernel without task I/O accounting does not have the file.
            read("1/io");
        }
    }

    /**
     * Returns all processes that serve a VM. A process whose memory is gone has no command line and is not among them: a
     * zombie, but also a process that is still exiting, for which see {@link #isAlive}.
     *
     * @param name the VM's exact name
     * @throws IOException if the processes cannot be read
     */
    public List<VmProcess> processesOf(String name) throws IOException {
        List<VmProcess> found = new ArrayList<>();
        boolean mounted = false;
        for (String entry : list("")) {
            VmProcess process = entry.charAt(0) <= '9' ? process(Integer.parseInt(entry), name) : null;
            if (process != null) {
                found.add(process);
            }
            mounted |= entry.equals("self");
        }
        if (!mounted) {
            throw new IOException(proc + " is not a proc file system");
        }
        return found;
    }

    /**
     * Returns whether a process still exists and is not a zombie. A process that is exiting is alive until it has closed
     * its files, which may pin a mount.
     *
     * @throws IOException if its state cannot be read
     */
    public boolean isAlive(VmProcess process) throws IOException {
        Stat stat = stat(process.pid);
        return stat != null && stat.state != 'Z' && stat.state != 'X' && stat.startTime == process.startTime;
    }

    /**
     * Returns whether this mount namespace has a mount point whose last path component is {@code name}.
     *
     * @throws IOException if the mounts cannot be read
     */
    public boolean isMounted(String name) throws IOException {
        String mounts = read("self/mountinfo");
        if (mounts.isEmpty()) {
            throw new IOException(proc + "/self/mountinfo does not exist");
        }
        for (String line : mounts.split("\n")) {
            if (mountPoint(line).endsWith("/" + name)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the fifth field of a line of mountinfo, in which some characters are octal escapes. */
    static String mountPoint(String line) {
        String[] fields = line.split(" ", 6);
        return fields.length > 4 ? fields[4] : "";
    }

    /** Returns process {@code pid} if it serves the VM {@code name}, or null. */
    VmProcess process(int pid, String name) throws IOException {
        String program = program(pid, name);
        Stat stat = program == null ? null : stat(pid);
        // The start time belongs to this command line only if the pid was not reused in between.
        return stat != null && program.equals(program(pid, name)) ? new VmProcess(program, pid, stat.startTime) : null;
    }

    /** Returns the parent's pid, or -1 if the process has ended. */
    int parentOf(VmProcess process) throws IOException {
        Stat stat = stat(process.pid);
        return stat == null ? -1 : stat.parent;
    }

    /** Returns null if the process serves another VM or none. Called for each process of the node. */
    private String program(int pid, String name) throws IOException {
        String line = commandLine(pid);
        // There may be thousands of others, most of which this rules out.
        String path = line.contains(name) ? line.substring(0, Math.max(0, line.indexOf('\0'))) : "";
        return switch (path.substring(path.lastIndexOf('/') + 1)) {
            case HYPERVISOR -> line.contains("\0/var/run/cloud-hypervisor/" + name + "\0") ? HYPERVISOR : null;
            case "virtiofsd-rs" -> line.contains("\0" + rootSocket(name) + "\0") ? VIRTIOFSD : null;
            default -> null;
        };
    }

    /** Returns the socket of a VM's virtiofsd. Our VMs share one directory, the root, so there are no others. */
    static String rootSocket(String name) {
        return "/var/run/virtio-" + name + "-0.socket";
    }

    /** Returns a process's program and arguments, each with a NUL after it; empty if it has none, or has ended. */
    String commandLine(int pid) throws IOException {
        return new String(bytes(pid + "/cmdline", MAX_COMMAND_LINE), StandardCharsets.ISO_8859_1);
    }

    /** Returns null if the process has ended. */
    private Stat stat(int pid) throws IOException {
        String text = read(pid + "/stat");
        // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
        String[] fields = text.substring(text.lastIndexOf(')') + 1).split(" ");
        return fields.length < 21 ? null
                : new Stat(fields[1].charAt(0), Integer.parseInt(fields[2]), Long.parseLong(fields[20]));
    }

    /** Lists a directory below {@code /proc}; empty if it does not exist. */
    String[] list(String path) throws IOException {
        File directory = new File(proc + "/" + path);
        String[] entries = directory.list();
        if (entries == null && directory.exists()) {
            throw new IOException(directory + " cannot be read");
        }
        return entries == null ? new String[0] : entries;
    }

    /** Returns what follows {@code name} on the line that begins with it, or an empty string. */
    static String field(String text, String name) {
        for (String line : text.split("\n")) {
            if (line.startsWith(name)) {
                return line.substring(name.length()).strip();
            }
        }
        return "";
    }

    /** Returns the text of a file below {@code /proc}; empty if it does not exist. */
    String read(String path) throws IOException {
        byte[] bytes = bytes(path, MAX_FILE + 1);
        if (bytes.length > MAX_FILE) {
            throw new IOException(proc + "/" + path + " is longer than 1 MiB");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private byte[] bytes(String path, int max) throws IOException {
        File file = new File(proc + "/" + path);
        try (FileInputStream in = new FileInputStream(file)) {
            return in.readNBytes(max);
        } catch (IOException e) {
            if (file.exists()) {
                // The JDK names the file only if it could not be opened.
                throw new IOException(file + ": " + e.getMessage(), e);
            }
            return new byte[0];
        }
    }
}
