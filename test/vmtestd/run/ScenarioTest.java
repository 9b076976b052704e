package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.cleanup.Scenario;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.FakeModule;
import vmtestd.sim.Flist;
import vmtestd.sim.SimNetworkd.Wrong;
import vmtestd.sim.SimNode;
import vmtestd.time.TestClock;

/** Runs with a disk and an interface. The faults of their calls are in {@link FaultMatrixTest}. */
class ScenarioTest {
    private static final String PLAIN = "List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted";

    @TempDir
    Path directory;
    private EmbeddedBroker broker;
    private Rig rig;

    @BeforeEach
    void begin() throws Exception {
        broker = new EmbeddedBroker(directory.resolve("s"), null);
        rig = new Rig(broker.url(), directory, Duration.ofSeconds(2));
    }

    @AfterEach
    void end() throws Exception {
        rig.close();
        broker.close();
    }

    private RunReport run(Scenario scenario, String flist) throws Exception {
        rig.scenario = scenario;
        RunReport report = rig.run(flist, TestClock.sleepless());
        assertEquals(Set.of(), rig.left());
        return report;
    }

    private RunReport run(Scenario scenario) throws Exception {
        return run(scenario, SimNode.CONTAINER);
    }

    private static String note(RunReport report, Step step) {
        return report.steps().stream().filter(result -> result.step() == step).map(StepResult::note).findFirst().orElse("not run");
    }

    private static String failure(RunReport report) {
        return report.failure().step() + " " + report.failure().cause() + ": " + report.failure().detail();
    }

    @Test
    void aRunWithADiskAndAnInterfacePasses() throws Exception {
        RunReport report = run(Scenario.STORAGE_NETWORK);
        assertNull(report.failure());
        assertEquals("List Mount Mount DiskCreate DiskFormat SetupYggTap Run Exists Inspect Delete Exists RemoveTap TapExists"
                + " DiskDelete DiskExists Unmount Mounted Unmount Mounted", rig.calls());
        assertEquals("the guest wrote to its disk", note(report, Step.STORAGE));
        assertEquals("the guest answers on its network", note(report, Step.NETWORK));
    }

    @Test
    void eachScenarioMakesOnlyWhatItNeeds() throws Exception {
        assertNull(run(Scenario.BOOT).failure());
        assertEquals(PLAIN, rig.calls());
        rig.sim.newRun();
        assertNull(run(Scenario.STORAGE).failure());
        assertEquals("List Mount Mount DiskCreate DiskFormat Run Exists Inspect Delete Exists DiskDelete DiskExists Unmount Mounted"
                + " Unmount Mounted", rig.calls());
        rig.sim.newRun();
        assertNull(run(Scenario.NETWORK).failure());
        assertEquals("List Mount Mount SetupYggTap Run Exists Inspect Delete Exists RemoveTap TapExists Unmount Mounted"
                + " Unmount Mounted", rig.calls());
    }

    @Test
    void aFullPoolIsAFailureWithStoragedsWords() throws Exception {
        rig.sim.storaged().failCreate("failed to find a candidate to host vdisk of size '134217728': not enough space left");
        RunReport report = run(Scenario.STORAGE);
        assertTrue(failure(report).matches("disk remote-error: .*not enough space left"), failure(report));
        assertTrue(rig.calls().startsWith("List Mount Mount DiskCreate DiskDelete"), rig.calls());
    }

    @Test
    void aDiskThatIsNotOursStays() throws Exception {
        rig.sim.storaged().failCreate("disk with id 'test-vm-1' already exists: file already exists");
        RunReport report = run(Scenario.STORAGE);
        assertEquals("List Mount Mount DiskCreate Unmount Mounted Unmount Mounted", rig.calls());
        assertTrue(failure(report).startsWith("disk remote-error: "), failure(report));
    }

    @Test
    void aDiskWithoutAFileSystemIsAFailure() throws Exception {
        rig.sim.storaged().formatNothing();
        String failure = failure(run(Scenario.STORAGE));
        assertTrue(failure.matches("disk remote-error: storaged formatted .*, which has no btrfs"), failure);
    }

    @Test
    void aGuestThatDoesNotUseItsDiskIsAFailure() throws Exception {
        rig.sim.storaged().beUnused();
        assertEquals("storage no-data: the guest has not written to its disk within 20s", failure(run(Scenario.STORAGE)));
        rig.sim.newRun();
        rig.sim.storaged().beOnlyTouched();
        assertEquals("storage no-data: the guest's disk was written to, but not by the guest's init within 20s", failure(run(Scenario.STORAGE)));
    }

    @Test
    void aFlistThatLacksWhatTheTestNeedsIsNoFailure() throws Exception {
        String flist = SimNode.HUB + "tf-official-apps/tiny.flist";
        rig.sim.flistd().publish(flist, new Flist().file("/bin/sh", "ELF").file("/sbin/init", "ELF"));
        RunReport report = run(Scenario.STORAGE, flist);
        assertNull(report.failure());
        assertEquals("not applicable: the flist has no /mnt", note(report, Step.DISK));
        assertEquals("not run", note(report, Step.STORAGE));
        assertEquals(PLAIN, rig.calls());
        rig.sim.flistd().publish(flist, new Flist().file("/bin/sh", "ELF").file("/mnt/x", ""));
        assertEquals("not applicable: the flist has no /sbin/init", note(run(Scenario.STORAGE, flist), Step.DISK));
        report = run(Scenario.STORAGE, SimNode.FULL_VM);
        assertNull(report.failure());
        assertEquals("not applicable: a disk image has an init of its own, which writes nothing", note(report, Step.DISK));
    }

    @Test
    void aGuestWithAKernelOfItsOwnMayIgnoreItsDiskAndItsInterface() throws Exception {
        String flist = SimNode.HUB + "tf-official-apps/own.flist";
        rig.sim.flistd().publish(flist, Flist.container().file("/boot/vmlinuz", "kernel"));
        rig.sim.storaged().beUnused();
        rig.sim.networkd().be(Wrong.NO_INTERFACE);
        RunReport report = run(Scenario.STORAGE_NETWORK, flist);
        assertNull(report.failure());
        assertEquals("not observed: the guest has not written to its disk; its kernel is its own, and may ignore the configuration",
                note(report, Step.STORAGE));
        assertTrue(note(report, Step.NETWORK).startsWith("not observed: the guest sends nothing"), note(report, Step.NETWORK));
        report = run(Scenario.NETWORK, SimNode.FULL_VM);
        assertNull(report.failure());
        assertTrue(note(report, Step.NETWORK).startsWith("not observed: the guest sends nothing"), note(report, Step.NETWORK));
    }

    @Test
    void aNetworkThatDoesNotWorkIsAFailure() throws Exception {
        String[] words = {"", "", "the guest sends, but its tap is on no bridge", "the guest sends nothing", "the guest sends, but answers no echo request"};
        for (Wrong wrong : new Wrong[] {Wrong.UNPLUGGED, Wrong.NO_INTERFACE, Wrong.NO_ANSWER}) {
            rig.sim.newRun();
            rig.sim.networkd().be(wrong);
            String failure = failure(run(Scenario.NETWORK));
            assertTrue(failure.matches("network no-data: " + words[wrong.ordinal()] + " within 10s \\(t-vmt-[0-9a-f]{8}\\)"), failure);
        }
    }

    @Test
    void runIsNeverCalledWithoutTheDevice() throws Exception {
        rig.sim.networkd().be(Wrong.NO_TAP);
        String failure = failure(run(Scenario.NETWORK));
        assertTrue(failure.matches("tap remote-error: networkd made the tap device t-vmt-[0-9a-f]{8}, but the node does not have it"), failure);
        assertEquals("List Mount Mount SetupYggTap RemoveTap TapExists Unmount Mounted Unmount Mounted", rig.calls());
        rig.sim.newRun();
        rig.sim.networkd().be(Wrong.NOTHING);
        // Between the step and the call of Run.
        rig.onStep = step -> {
            if (step == Step.DEPLOY) {
                rig.sim.networkd().removeTaps();
            }
        };
        failure = failure(run(Scenario.NETWORK));
        assertTrue(failure.matches("deploy remote-error: .*; Run was not called, because vmd would kill every process of the node"), failure);
        assertEquals("List Mount Mount SetupYggTap RemoveTap TapExists Unmount Mounted Unmount Mounted", rig.calls());
    }

    @Test
    void aDeviceThatVanishesIsAFailure() throws Exception {
        rig.sim.networkd().be(Wrong.VANISHES);
        String failure = failure(run(Scenario.NETWORK));
        assertTrue(failure.matches("network remote-error: .*, but the node does not have it any more"), failure);
    }

    @Test
    void whatANodeDoesNotHaveIsNoFailure() throws Exception {
        rig.sim.networkd().removeBridge();
        RunReport report = run(Scenario.NETWORK);
        assertNull(report.failure());
        assertEquals("not observed: the node has no br-ygg", note(report, Step.TAP));
        assertEquals(PLAIN, rig.calls());
        rig.sim.newRun();
        rig.sim.stop("network");
        report = run(Scenario.NETWORK);
        assertNull(report.failure());
        assertEquals("not observed: networkd does not answer", note(report, Step.TAP));
        FakeModule netlight = FakeModule.withWorkers(broker.url(), "netlight", Instant.EPOCH, "");
        report = run(Scenario.NETWORK);
        netlight.close();
        assertNull(report.failure());
        assertEquals("not applicable: this node has netlight in place of networkd", note(report, Step.TAP));
    }

    @Test
    void withoutRawSocketsTheAnswersAreNotObserved() throws Exception {
        rig.capabilities = "CapEff:\t0000000000000000\n";
        rig.sim.networkd().be(Wrong.NO_ANSWER);
        RunReport report = run(Scenario.NETWORK);
        assertNull(report.failure());
        assertEquals("not observed: vmtestd may not open raw sockets", note(report, Step.NETWORK));
    }

    @Test
    void whatARunKeptHasItsDiskAndItsTap() throws Exception {
        rig.keep = true;
        rig.scenario = Scenario.STORAGE_NETWORK;
        RunReport report = rig.run(SimNode.CONTAINER, TestClock.sleepless());
        assertEquals(List.of("VM " + report.id(), "mount " + report.id(), "mount " + report.id() + "-kernel", "disk " + report.id(),
                "tap " + report.id()), report.kept());
        rig.keep = false;
        assertNull(rig.run(SimNode.CONTAINER, TestClock.sleepless()).failure());
        assertEquals(1, rig.sim.storaged().disks().size());
        assertTrue(rig.sweep());
        assertEquals(Set.of(), rig.left());
    }
}
