package vmtestd.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import vmtestd.node.ProcFs.VmProcess;

/**
 * Watches the guest of one VM from the host. A guest that runs its userland reads programs from its root file system;
 * the virtiofsd process that serves this file system shows it. A guest without an init has only looked for one.
 *
 * <p>For one thread at a time. The first look searches all processes of the node; the later ones read a few files.
 */
public final class GuestWatch {
    /** What {@link #look} found. */
    public sealed interface State {}

    /** The host cannot tell. This is never the guest's fault. */
    public record NotObservable(String why) implements State {}

    /** @param bytesRead by virtiofsd since it started, its own wake-ups included; -1 if this kernel does not count them */
    public record NotYet(long bytesRead) implements State {
        /** Says what the guest did, as the end of a sentence. */
        @Override
        public String toString() {
            if (bytesRead > DRIVER_BYTES) {
                return "it read " + bytesRead + " bytes of its root file system and stopped";
            }
            return bytesRead < 0 ? "it has no file of its root file system open" : "it never read its root file system";
        }
    }

    /** The guest runs its userland. One that crashes looks the same until its virtiofsd ends, a second later. */
    public record Booted() implements State {}

    /** The virtiofsd has ended and the hypervisor has not: the guest reset itself. */
    public record Reset() implements State {}

    /** The hypervisor has ended. */
    public record Ended() implements State {}

    /** A guest's driver alone wakes virtiofsd up twice, by 8 bytes each; without an init it comes to 168 bytes. */
    private static final int DRIVER_BYTES = 16;
    private static final int USERLAND_BYTES = 64 << 10;
    /** Enough to find an open file of a guest that has read less than {@link #USERLAND_BYTES}. */
    private static final int MAX_FDS = 4096;
    private static final int O_ACCMODE = 3;
    private static final int O_PATH = 010000000;
    private static final int O_DIRECTORY = 0200000;

    private final ProcFs proc;
    private final String name;
    private VmProcess hypervisor;
    private boolean onVirtioFs;
    /** The id of the mount at the hypervisor's root directory. */
    private String hostRoot;
    private VmProcess virtiofsd;

    /** @param name the VM's name; {@code vmd.Run} has returned for it */
    public GuestWatch(ProcFs proc, String name) {
        this.proc = proc;
        this.name = name;
    }

    /** Returns the VM's hypervisor, which may have ended; null if no look has found one. */
    public VmProcess hypervisor() {
        return hypervisor;
    }

    /** Looks at the guest once. */
    public State look() {
        try {
            if (hypervisor == null || onVirtioFs && virtiofsd == null) {
                find();
            }
            if (hypervisor == null) {
                return new NotObservable("no cloud-hypervisor serves " + name);
            }
            if (!serves(hypervisor)) {
                return new Ended();
            }
            if (!onVirtioFs) {
                return new NotObservable("its root is not on virtio-fs");
            }
            if (virtiofsd == null) {
                return isConnected() ? new NotObservable("no virtiofsd-rs serves " + ProcFs.rootSocket(name)) : new Reset();
            }
            State state = evidence();
            // What was read is the virtiofsd's only if its pid was not reused in between.
            if (!serves(virtiofsd)) {
                return serves(hypervisor) ? new Reset() : new Ended();
            }
            if (state instanceof NotObservable) {
                // It may not have forked yet: the next look searches again.
                virtiofsd = null;
            }
            return state;
        } catch (IOException e) {
            return new NotObservable(e.getMessage());
        }
    }

    private boolean serves(VmProcess process) throws IOException {
        return process.equals(proc.process(process.pid(), name));
    }

    /** Finds the hypervisor and the virtiofsd of its root. */
    private void find() throws IOException {
        List<VmProcess> processes = proc.processesOf(name);
        List<Integer> parents = new ArrayList<>();
        for (VmProcess process : processes) {
            parents.add(proc.parentOf(process));
            if (hypervisor == null && process.program().equals(ProcFs.HYPERVISOR)) {
                hostRoot = rootMount(process);
                onVirtioFs = proc.commandLine(process.pid()).contains("\0tag=vroot,socket=" + ProcFs.rootSocket(name) + "\0");
                hypervisor = process;
            }
        }
        // virtiofsd forks, and the child serves.
        for (VmProcess process : processes) {
            if (process.program().equals(ProcFs.VIRTIOFSD) && !parents.contains(process.pid())) {
                virtiofsd = process;
            }
        }
    }

    /** Returns whether the root's socket has a connection, served by a process that is not known here. */
    private boolean isConnected() throws IOException {
        String sockets = proc.read(hypervisor.pid() + "/net/unix");
        return sockets.isEmpty() || sockets.contains(" " + ProcFs.rootSocket(name) + "\n");
    }

    private State evidence() {
        try {
            // The share, because virtiofsd's sandbox is a mount namespace with the share as its root.
            String share = rootMount(virtiofsd);
            if (share == null || share.equals(hostRoot)) {
                return new NotObservable(virtiofsd + " runs without a sandbox");
            }
            String read = ProcFs.field(proc.read(virtiofsd.pid() + "/io"), "rchar:");
            long bytes = read.isEmpty() ? -1 : Long.parseLong(read);
            return bytes >= USERLAND_BYTES || hasOpenFile(share) ? new Booted() : new NotYet(bytes);
        } catch (IOException e) {
            return new NotObservable(e.getMessage());
        }
    }

    /** Returns whether virtiofsd has a regular file of the share open for reading. */
    private boolean hasOpenFile(String share) throws IOException {
        String directory = virtiofsd.pid() + "/fdinfo";
        String[] fds = proc.list(directory);
        for (int i = 0; i < fds.length && i < MAX_FDS; i++) {
            String info = proc.read(directory + "/" + fds[i]);
            if (ProcFs.field(info, "mnt_id:").equals(share)
                    && (Long.parseLong(ProcFs.field(info, "flags:"), 8) & (O_ACCMODE | O_PATH | O_DIRECTORY)) == 0) {
                return true;
            }
        }
        return false;
    }

    /** Returns the id of the mount that is a process's root directory; null if it is not known. */
    private String rootMount(VmProcess process) throws IOException {
        String id = null;
        for (String line : proc.read(process.pid() + "/mountinfo").split("\n")) {
            if (ProcFs.mountPoint(line).equals("/")) {
                id = line.substring(0, line.indexOf(' '));
            }
        }
        return id;
    }
}
