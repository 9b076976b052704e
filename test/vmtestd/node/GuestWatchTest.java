package vmtestd.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.node.GuestWatch.Booted;
import vmtestd.node.GuestWatch.Ended;
import vmtestd.node.GuestWatch.NotObservable;
import vmtestd.node.GuestWatch.NotYet;
import vmtestd.node.GuestWatch.Reset;
import vmtestd.node.ProcFs.VmProcess;

class GuestWatchTest {
    private static final String VM = "test-vm-1";
    private static final int HYPERVISOR = 20;
    private static final int PARENT = 10;
    private static final int SERVER = 11;
    private static final String SOCKET = "/var/run/virtio-test-vm-1-0.socket";

    @TempDir
    Path directory;

    private FakeProc fake;
    private GuestWatch watch;

    /** A VM whose guest has done nothing yet, beside another one that has booted. */
    @BeforeEach
    void create() throws IOException {
        fake = new FakeProc(directory);
        fake.virtiofsd(PARENT, 1, VM, 0);
        fake.hasRead(PARENT, 99_999_999L);
        fake.virtiofsd(SERVER, PARENT, VM, 0);
        fake.hasRead(SERVER, 0L);
        fake.idleFiles(SERVER);
        fake.virtiofsd(12, 1, VM, 1);
        fake.hasRead(12, 99_999_999L);
        fake.hypervisor(HYPERVISOR, VM);
        fake.write(HYPERVISOR + "/mountinfo", FakeProc.MOUNTS);
        fake.hypervisor(30, "test-vm-17");
        fake.virtiofsd(31, 1, "test-vm-17", 0);
        fake.hasRead(31, 99_999_999L);
        watch = new GuestWatch(new ProcFs(directory), VM);
    }

    @ParameterizedTest
    @CsvSource({"0, it never read its root file system", "16, it never read its root file system",
            "96, it read 96 bytes of its root file system and stopped", "168, it read 168 bytes of its root file system and stopped",
            "65535, it read 65535 bytes of its root file system and stopped"})
    void aGuestThatHasReadLittleHasNotBooted(long bytes, String words) throws IOException {
        fake.hasRead(SERVER, bytes);
        assertEquals(new NotYet(bytes), watch.look());
        assertEquals(words, watch.look().toString());
    }

    @Test
    void aGuestThatReadsItsUserlandHasBooted() throws IOException {
        assertEquals(new NotYet(0), watch.look());
        fake.hasRead(SERVER, 4_800_000L);
        assertEquals(new Booted(), watch.look());
        assertEquals(new VmProcess("cloud-hypervisor", HYPERVISOR, 120), watch.hypervisor());
    }

    @Test
    void aSmallInitIsSeenByItsOpenFile() throws IOException {
        fake.hasRead(SERVER, 8864L);
        assertEquals(new NotYet(8864), watch.look());
        fake.open(SERVER, 40, 0100000, 300);
        assertEquals(new Booted(), watch.look());
    }

    @Test
    void withoutTaskAccountingTheOpenFilesRemain() throws IOException {
        fake.hasRead(SERVER, null);
        assertEquals(new NotYet(-1), watch.look());
        assertEquals("it has no file of its root file system open", watch.look().toString());
        fake.open(SERVER, 40, 02100000, 300);
        assertEquals(new Booted(), watch.look());
    }

    @Test
    void aVirtiofsdThatDoesNotForkServesItself() throws IOException {
        fake.process(PARENT, 1, 1, "tail", "-f", SOCKET);
        fake.process(SERVER, 1, 111, "/usr/libexec/virtiofsd-rs", "--socket-path", SOCKET);
        fake.hasRead(SERVER, 70_000L);
        assertEquals(new Booted(), watch.look());
    }

    @Test
    void aGuestThatResetsItselfLosesItsVirtiofsd() throws IOException {
        fake.hasRead(SERVER, 1_700_000L);
        assertEquals(new Booted(), watch.look());
        fake.write(SERVER + "/cmdline", "");
        assertEquals(new Reset(), watch.look());
        fake.write(HYPERVISOR + "/cmdline", "");
        assertEquals(new Ended(), watch.look());
    }

    @Test
    void aReusedPidIsNotTheSameVirtiofsd() throws IOException {
        fake.hasRead(SERVER, 1_700_000L);
        assertEquals(new Booted(), watch.look());
        fake.stat(SERVER, 'S', PARENT, 999);
        assertEquals(new Reset(), watch.look());
    }

    @Test
    void aReusedPidIsNotTheSameHypervisor() throws IOException {
        assertEquals(new NotYet(0), watch.look());
        fake.stat(HYPERVISOR, 'S', 1, 999);
        assertEquals(new Ended(), watch.look());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aVirtiofsdThatWasNeverSeenHasEndedIfNothingIsConnected(boolean connected) throws IOException {
        fake.write(PARENT + "/cmdline", "");
        fake.write(SERVER + "/cmdline", "");
        assertEquals(new NotObservable("no virtiofsd-rs serves " + SOCKET), watch.look());
        fake.write(HYPERVISOR + "/net/unix", "Num RefCount Protocol Flags Type St Inode Path\n"
                + "0: 00000003 00000000 00000000 0001 03 1 /var/run/virtio-test-vm-1-0.socket.other\n"
                + (connected ? "0: 00000003 00000000 00000000 0001 03 1 " + SOCKET + "\n" : ""));
        assertEquals(connected ? new NotObservable("no virtiofsd-rs serves " + SOCKET) : new Reset(), watch.look());
    }

    @Test
    void aDiskBootCannotBeObservedButItsEndCan() throws IOException {
        fake.process(HYPERVISOR, 1, 120, "cloud-hypervisor", "--api-socket", "/var/run/cloud-hypervisor/" + VM,
                "--fs", "tag=vroot2,socket=/x", "--cmdline", "root=vroot tag=vroot,socket=" + SOCKET, "--disk", "path=/image.raw");
        assertEquals(new NotObservable("its root is not on virtio-fs"), watch.look());
        fake.write(HYPERVISOR + "/cmdline", "");
        assertEquals(new Ended(), watch.look());
    }

    @Test
    void anotherHypervisorCannotBeObserved() throws IOException {
        fake.process(HYPERVISOR, 1, 120, "firecracker", "--api-sock", "/var/run/cloud-hypervisor/" + VM);
        assertEquals(new NotObservable("no cloud-hypervisor serves test-vm-1"), watch.look());
        assertNull(watch.hypervisor());
    }

    @Test
    void whatCannotBeReadIsUnknown() throws IOException {
        assertEquals(new NotObservable(directory + "/none is not a proc file system"), new GuestWatch(new ProcFs(directory.resolve("none")), VM).look());
        Files.delete(directory.resolve(SERVER + "/io"));
        Files.createDirectory(directory.resolve(SERVER + "/io"));
        assertTrue(watch.look() instanceof NotObservable, "no right to read io");
        Files.delete(directory.resolve(SERVER + "/io"));
        fake.write(SERVER + "/io", "wchar: 1\n");
        assertEquals(new NotYet(-1), watch.look());
        Files.delete(directory.resolve(SERVER + "/io"));
        fake.hasRead(SERVER, 96L);
        Files.move(directory.resolve(SERVER + "/fdinfo"), directory.resolve("elsewhere"));
        fake.write(SERVER + "/fdinfo", "");
        assertEquals(new NotObservable(directory + "/" + SERVER + "/fdinfo cannot be read"), watch.look());
        fake.hasRead(SERVER, 70_000L);
        assertEquals(new Booted(), watch.look());
    }

    @Test
    void aVirtiofsdWithoutASandboxCannotBeObserved() throws IOException {
        String files = Files.readString(directory.resolve(SERVER + "/mountinfo"));
        fake.write(SERVER + "/mountinfo", FakeProc.MOUNTS);
        fake.hasRead(SERVER, 70_000L);
        assertEquals(new NotObservable("virtiofsd (pid 11) runs without a sandbox"), watch.look());
        fake.write(SERVER + "/mountinfo", "");
        assertEquals(new NotObservable("virtiofsd (pid 11) runs without a sandbox"), watch.look());
        fake.write(SERVER + "/mountinfo", files);
        assertEquals(new Booted(), watch.look());
    }

    @Test
    void aVirtiofsdThatHasNotForkedYetIsNotTheServingOne() throws IOException {
        fake.write(PARENT + "/mountinfo", FakeProc.MOUNTS);
        fake.write(SERVER + "/cmdline", "");
        assertEquals(new NotObservable("virtiofsd (pid 10) runs without a sandbox"), watch.look());
        fake.virtiofsd(SERVER, PARENT, VM, 0);
        assertEquals(new NotYet(0), watch.look());
    }

    @Test
    void whatVanishesWhileItIsReadIsNormal() throws IOException {
        fake.write(SERVER + "/fdinfo/41", "");
        Files.createSymbolicLink(directory.resolve(SERVER + "/fdinfo/42"), Path.of("nowhere"));
        assertEquals(new NotYet(0), watch.look());
    }
}
