package vmtestd.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.node.ProcFs.VmProcess;

class ProcFsTest {
    @TempDir
    Path directory;

    private FakeProc fake;
    private ProcFs proc;

    @BeforeEach
    void create() throws IOException {
        fake = new FakeProc(directory);
        proc = new ProcFs(directory);
    }

    private List<VmProcess> processesOf(String name) throws IOException {
        return proc.processesOf(name).stream().sorted(Comparator.comparing(VmProcess::pid)).toList();
    }

    @Test
    void theProcessesOfAVmAreItsHypervisorAndItsVirtiofsds() throws IOException {
        fake.process(1, 0, 1, "/sbin/zinit", "init");
        fake.process(2, 0, 1);
        fake.virtiofsd(10, 1, "test-vm-1", 0);
        fake.virtiofsd(11, 10, "test-vm-1", 0);
        fake.hypervisor(13, "test-vm-1");
        fake.process(14, 1, 114, "/usr/bin/virtiofsd-rs", "--socket-path", "/var/run/virtio-test-vm-1-0.socket");
        fake.process(15, 1, 115, "/usr/bin/cloud-hypervisor", "--api-socket", "/var/run/cloud-hypervisor/test-vm-1");
        List<VmProcess> found = processesOf("test-vm-1");
        assertEquals(List.of(new VmProcess("virtiofsd", 10, 110), new VmProcess("virtiofsd", 11, 111),
                new VmProcess("cloud-hypervisor", 13, 113), new VmProcess("virtiofsd", 14, 114), new VmProcess("cloud-hypervisor", 15, 115)), found);
        assertEquals("virtiofsd (pid 10)", found.get(0).toString());
        assertEquals("cloud-hypervisor (pid 13)", found.get(2).toString());
    }

    @Test
    void namesMatchAsWholeWords() throws IOException {
        for (String other : List.of("test-vm-17", "test-vm-1-kernel", "my-test-vm-1", "test-vm-1-0", "test-vm")) {
            int pid = 10 + 2 * other.length();
            fake.hypervisor(pid, other);
            fake.virtiofsd(pid + 1, 1, other, 0);
        }
        fake.process(90, 1, 1, "cloud-hypervisor", "--api-socket", "/tmp/var/run/cloud-hypervisor/test-vm-1");
        fake.process(91, 1, 1, "virtiofsd-rs", "--socket-path", "/var/run/virtio-test-vm-1-.socket");
        fake.process(92, 1, 1, "virtiofsd-rs", "--socket-path", "/var/run/virtio-test-vm-1-x.socket");
        fake.process(93, 1, 1, "virtiofsd-rs", "--socket-path", "/var/run/virtio-test-vm-1-0.socket.pid");
        assertEquals(List.of(), processesOf("test-vm-1"));
        assertEquals(2, processesOf("test-vm-17").size());
    }

    @Test
    void otherProgramsThatNameTheVmAreNotItsProcesses() throws IOException {
        fake.process(10, 1, 1, "tail", "-f", "/var/run/cloud-hypervisor/test-vm-1");
        fake.process(11, 1, 1, "my-cloud-hypervisor", "/var/run/cloud-hypervisor/test-vm-1");
        fake.process(12, 1, 1, "busybox", "setsid", "cloud-hypervisor", "/var/run/cloud-hypervisor/test-vm-1");
        fake.process(13, 1, 1, "cloud-hypervisor", "/var/run/virtio-test-vm-1-0.socket");
        fake.process(14, 1, 1, "virtiofsd-rs", "/var/run/cloud-hypervisor/test-vm-1");
        fake.process(15, 1, 1, "", "cloud-hypervisor", "/var/run/cloud-hypervisor/test-vm-1");
        assertEquals(List.of(), processesOf("test-vm-1"));
    }

    @Test
    void aLongCommandLineIsReadUpTo64KiB() throws IOException {
        String api = "/var/run/cloud-hypervisor/test-vm-1";
        fake.process(10, 1, 7, "cloud-hypervisor", "x".repeat(60_000), api);
        fake.process(11, 1, 7, "cloud-hypervisor", "x".repeat(70_000), api);
        assertEquals(List.of(new VmProcess("cloud-hypervisor", 10, 7)), processesOf("test-vm-1"));
    }

    @Test
    void whatEndsWhileItIsReadIsGone() throws IOException {
        fake.hypervisor(10, "test-vm-1");
        Files.delete(directory.resolve("10/stat"));
        fake.hypervisor(11, "test-vm-1");
        fake.write("11/stat", "");
        Files.createSymbolicLink(directory.resolve("12"), Path.of("nowhere"));
        assertEquals(List.of(), processesOf("test-vm-1"));
    }

    @Test
    void aProcessThatCannotBeReadIsNotTakenForOneThatEnded() throws IOException {
        Files.createDirectories(directory.resolve("10/cmdline"));
        assertThrows(IOException.class, () -> processesOf("test-vm-1"));
    }

    @Test
    void aProcessIsAliveUntilItIsAZombieOrItsPidIsReused() throws IOException {
        fake.hypervisor(10, "test-vm-1");
        VmProcess process = processesOf("test-vm-1").get(0);
        assertTrue(proc.isAlive(process));
        fake.write("10/cmdline", "");
        assertTrue(proc.isAlive(process), "it is exiting");
        assertEquals(List.of(), processesOf("test-vm-1"));
        fake.stat(10, 'Z', 1, 110);
        assertFalse(proc.isAlive(process));
        fake.stat(10, 'S', 1, 111);
        assertFalse(proc.isAlive(process));
        Files.delete(directory.resolve("10/stat"));
        assertFalse(proc.isAlive(process));
    }

    @Test
    void aProcThatIsNotThereIsAnError() throws IOException {
        assertThrows(IOException.class, () -> new ProcFs(directory.resolve("none")).processesOf("test-vm-1"));
        assertThrows(IOException.class, () -> new ProcFs(directory.resolve("none")).isMounted("test-vm-1"));
        assertThrows(IOException.class, () -> new ProcFs(Files.createDirectory(directory.resolve("empty"))).processesOf("test-vm-1"));
    }

    @Test
    void aMountPointIsFoundByItsLastComponent() throws IOException {
        fake.write("self/mountinfo", FakeProc.MOUNTS
                + "40 28 0:40 / /var/cache/modules/flistd/mountpoint/test-vm-1 ro - fuse.g8ufs /x/test-vm-9 ro\n"
                + "41 28 0:41 /test-vm-8 /mnt/a\\040b\\134c rw shared:3 master:1 - overlay /y/test-vm-9 rw,upperdir=/z/test-vm-9\n"
                + "broken\n\n42 28 0:42 / /mnt/last rw - tmpfs tmpfs rw");
        assertTrue(proc.isMounted("test-vm-1"));
        assertTrue(proc.isMounted("last"));
        for (String other : List.of("test-vm-17", "est-vm-1", "test-vm", "test-vm-8", "test-vm-9", "mountpoint", "b\\c", "x")) {
            assertFalse(proc.isMounted(other), other);
        }
    }

    @Test
    void theProcOfThisMachineCanBeRead() throws IOException {
        ProcFs real = new ProcFs(Path.of("/proc"));
        assertEquals(List.of(), real.processesOf("no-such-vm"));
        assertFalse(real.isMounted("no-such-mount"));
        long pid = ProcessHandle.current().pid();
        assertFalse(real.isAlive(new VmProcess("cloud-hypervisor", (int) pid, 0)), "another start time");
    }
}
