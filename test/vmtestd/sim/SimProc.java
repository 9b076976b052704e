package vmtestd.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import vmtestd.node.FakeProc;

/** What the node's kernel shows of VMs and mounts, and the files in {@code /var/run} that vmd never removes. */
public final class SimProc {
    private final FakeProc proc;
    private final Path run;
    private final Map<String, List<Integer>> processes = new HashMap<>();
    private final TreeSet<String> mounts = new TreeSet<>();
    private int lastPid = 1000;
    private boolean pinned;
    /** The tap device that was removed while pinned. */
    private String pinnedTap = "";
    private SimGuest guest = SimGuest.GOOD;

    SimProc(Path home) {
        run = home.resolve("run");
        try {
            Files.createDirectories(run);
            proc = new FakeProc(home.resolve("proc"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** While pinned, processes and mounts stay in the kernel although they were removed. */
    synchronized void pin(boolean value) {
        pinned = value;
    }

    /** Returns whether a tap device that is being removed stays. */
    synchronized boolean pins(String tap) {
        pinnedTap = pinned ? tap : "";
        return pinned;
    }

    /** Returns whether the kernel has a tap device that networkd does not know any more. */
    synchronized boolean isPinned(String tap) {
        return pinnedTap.equals(tap);
    }

    /** @param container whether it boots from a directory that virtiofsd shares */
    synchronized void vmStarted(String name, boolean container) throws IOException {
        int pid = lastPid += 10;
        if (container) {
            proc.hypervisor(pid, name);
        } else {
            proc.process(pid, 1, 100 + pid, "cloud-hypervisor", "--disk", "path=/image.raw", "--api-socket", "/var/run/cloud-hypervisor/" + name);
            processes.put(name, List.of(pid));
            return;
        }
        proc.virtiofsd(pid + 1, 1, name, 0);
        proc.hasRead(pid + 1, 1_000L);
        proc.virtiofsd(pid + 2, pid + 1, name, 0);
        proc.hasRead(pid + 2, guest.bytesRead);
        proc.idleFiles(pid + 2);
        if (guest == SimGuest.SMALL) {
            proc.open(pid + 2, 40, 0100000, 300);
        }
        proc.write(pid + "/mountinfo", FakeProc.MOUNTS);
        proc.write(pid + "/fdinfo/7", "pos:\t0\nflags:\t02100002\nmnt_id:\t26\nino:\t2\ntty-index:\t3\n");
        proc.write(pid + "/root/dev/pts/3", guest.console);
        processes.put(name, List.of(pid, pid + 1, pid + 2));
        for (String file : List.of("virtio-" + name + "-0.socket", "virtio-" + name + "-0.socket.pid")) {
            Files.write(run.resolve(file), new byte[0]);
        }
    }

    /** Sets the behaviour of the guests of VMs that start from now on. */
    public synchronized void guest(SimGuest value) {
        guest = value;
    }

    /** Resets a guest that crashes: its virtiofsd ends, its hypervisor does not. */
    synchronized void askedFor(String name) {
        List<Integer> pids = processes.getOrDefault(name, List.of());
        if (guest == SimGuest.CRASH && pids.size() == 3) {
            pids.subList(1, 3).forEach(pid -> delete(proc.proc.resolve(Integer.toString(pid))));
            processes.put(name, List.of(pids.get(0)));
        }
    }

    synchronized void vmEnded(String name) {
        if (!pinned) {
            processes.getOrDefault(name, List.of()).forEach(pid -> delete(proc.proc.resolve(Integer.toString(pid))));
            processes.remove(name);
        }
    }

    synchronized void mounted(Path point) throws IOException {
        mounts.add(point.toString());
        writeMounts();
    }

    synchronized void unmounted(Path point) throws IOException {
        if (!pinned) {
            mounts.remove(point.toString());
            writeMounts();
        }
    }

    private void writeMounts() throws IOException {
        StringBuilder text = new StringBuilder(FakeProc.MOUNTS);
        mounts.forEach(point -> text.append("99 28 0:99 / ").append(point.replace(" ", "\\040")).append(" ro - fuse.g8ufs g8ufs ro\n"));
        proc.write("self/mountinfo", text.toString());
    }

    static void delete(Path directory) {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
