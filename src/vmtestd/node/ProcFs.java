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
 */
public final class ProcFs {
    static final String HYPERVISOR = "cloud-hypervisor";
    static final String VIRTIOFSD = "virtiofsd";

    private static final String RUN = "/var/run/";
    private static final String VIRTIOFSD_COMMAND = "virtiofsd-rs";
    private static final int MAX_COMMAND_LINE = 64 << 10;
    /** Enough for nearly every command line. The JDK allocates native memory for reads of more than 8 KiB. */
    private static final int FIRST_READ = 4096;
    private static final int MAX_FILE = 1 << 20;

    /** Ends with a slash. */
    private final String proc;

    /** @param proc {@code /proc}, or a directory of the same form */
    public ProcFs(Path proc) {
        this.proc = proc + "/";
    }

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
     * Returns all processes that serve a VM. A process whose memory is gone has no command line and is not among them: a
     * zombie, but also a process that is still exiting, for which see {@link #isAlive}.
     *
     * @param name the VM's exact name
     * @throws IOException if the processes cannot be read
     */
    public List<VmProcess> processesOf(String name) throws IOException {
        List<VmProcess> found = new ArrayList<>();
        byte[] buffer = new byte[MAX_COMMAND_LINE];
        boolean mounted = false;
        for (String entry : list("")) {
            if (entry.charAt(0) <= '9') {
                VmProcess process = process(entry, name, buffer);
                if (process != null) {
                    found.add(process);
                }
            } else {
                mounted |= entry.equals("self");
            }
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
        Stat stat = stat(Integer.toString(process.pid));
        return stat != null && stat.state != 'Z' && stat.state != 'X' && stat.startTime == process.startTime;
    }

    /**
     * Returns whether this mount namespace has a mount point whose last path component is {@code name}.
     *
     * @throws IOException if the mounts cannot be read
     */
    public boolean isMounted(String name) throws IOException {
        String mounts = read("self/mountinfo");
        if (mounts == null) {
            throw new IOException(proc + "self/mountinfo does not exist");
        }
        // As the kernel writes it.
        String end = "/" + name.replace("\\", "\\134").replace(" ", "\\040").replace("\t", "\\011").replace("\n", "\\012");
        for (String line : mounts.split("\n")) {
            if (mountPoint(line).endsWith(end)) {
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
        return process(Integer.toString(pid), name, new byte[MAX_COMMAND_LINE]);
    }

    private VmProcess process(String pid, String name, byte[] buffer) throws IOException {
        String program = programFor(name, arguments(pid, name, buffer));
        if (program == null) {
            return null;
        }
        Stat stat = stat(pid);
        // The start time belongs to these arguments only if the pid was not reused in between.
        boolean same = stat != null && program.equals(programFor(name, arguments(pid, name, buffer)));
        return same ? new VmProcess(program, Integer.parseInt(pid), stat.startTime) : null;
    }

    /** Returns the parent's pid, or -1 if the process has ended. */
    int parentOf(VmProcess process) throws IOException {
        Stat stat = stat(Integer.toString(process.pid));
        return stat == null ? -1 : stat.parent;
    }

    /** Returns the arguments of a process that serves the VM {@code name}, the program's path first; none if it has ended. */
    List<String> arguments(VmProcess process, String name) throws IOException {
        return arguments(Integer.toString(process.pid), name, new byte[MAX_COMMAND_LINE]);
    }

    private List<String> arguments(String pid, String name, byte[] buffer) throws IOException {
        int length = readCommandLine(pid, buffer);
        int end = 0;
        while (end < length && buffer[end] != 0) {
            end++;
        }
        if (!isCommand(buffer, end, HYPERVISOR) && !isCommand(buffer, end, VIRTIOFSD_COMMAND)) {
            return List.of();
        }
        String text = new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
        // There may be hundreds of other VMs. The path of a socket may follow its option as --socket-path=PATH.
        return text.contains(name) ? List.of(text.replace("\0--socket-path=", "\0").split("\0")) : List.of();
    }

    /** Returns whether the path in {@code buffer[0, end)} has this base name. Called for each process of the node. */
    private static boolean isCommand(byte[] buffer, int end, String command) {
        int start = end - command.length();
        if (start < 0 || start > 0 && buffer[start - 1] != '/') {
            return false;
        }
        for (int i = command.length() - 1; i >= 0; i--) {
            if (buffer[start + i] != command.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static String programFor(String name, List<String> arguments) {
        if (arguments.isEmpty()) {
            return null;
        }
        boolean hypervisor = arguments.get(0).endsWith(HYPERVISOR);
        for (String argument : arguments) {
            if (argument.startsWith(RUN) && (hypervisor ? argument.equals(RUN + "cloud-hypervisor/" + name)
                    : isSocketOf(name, argument.substring(RUN.length())))) {
                return hypervisor ? HYPERVISOR : VIRTIOFSD;
            }
        }
        return null;
    }

    /** Returns whether a file in {@code /var/run} is a socket of a VM's virtiofsd: {@code virtio-NAME-NUMBER.socket}. */
    static boolean isSocketOf(String name, String file) {
        String begin = "virtio-" + name + "-";
        return file.startsWith(begin) && file.substring(begin.length()).matches("[0-9]+\\.socket");
    }

    /** Returns null if the process has ended. */
    private Stat stat(String pid) throws IOException {
        String text = read(pid + "/stat");
        // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
        String[] fields = text == null ? new String[0] : text.substring(text.lastIndexOf(')') + 1).split(" ");
        return fields.length < 21 ? null
                : new Stat(fields[1].charAt(0), Integer.parseInt(fields[2]), Long.parseLong(fields[20]));
    }

    /** Returns how many bytes of the command line are in {@code buffer}: 0 if the process has none, or has ended. */
    private int readCommandLine(String pid, byte[] buffer) throws IOException {
        try (FileInputStream in = new FileInputStream(proc + pid + "/cmdline")) {
            int length = in.read(buffer, 0, FIRST_READ);
            return length < FIRST_READ ? Math.max(length, 0) : length + in.readNBytes(buffer, length, buffer.length - length);
        } catch (IOException e) {
            ensureGone(pid, e);
            return 0;
        }
    }

    /** Returns the absolute path of a file below {@code /proc}. */
    String path(String path) {
        return proc + path;
    }

    /** Lists a directory below {@code /proc}. */
    String[] list(String path) throws IOException {
        String[] entries = new File(proc + path).list();
        if (entries == null) {
            throw new IOException(proc + path + " cannot be read");
        }
        return entries;
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

    /**
     * Reads a file below {@code /proc}.
     *
     * @return its text, or null if it does not exist
     */
    String read(String path) throws IOException {
        try (FileInputStream in = new FileInputStream(proc + path)) {
            byte[] bytes = in.readNBytes(MAX_FILE + 1);
            if (bytes.length > MAX_FILE) {
                throw new IOException(proc + path + " is longer than 1 MiB");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            ensureGone(path, e);
            return null;
        }
    }

    /** Throws {@code e} if the file or process that it is about still exists: it could not be read for another reason. */
    private void ensureGone(String path, IOException e) throws IOException {
        if (new File(proc, path).exists()) {
            // The JDK names the file only if it could not be opened.
            throw new IOException(proc + path + ": " + e.getMessage(), e);
        }
    }
}
