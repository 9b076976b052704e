package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import vmtestd.cleanup.Cause;
import vmtestd.redis.BrokerUrl;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.TestClock;
import vmtestd.zbus.CallListener;
import vmtestd.zbus.ZbusClient;

/** A VM that does not live: when that is noticed, and what is kept of its console log. */
class DeathTest extends RigTest {
    private static String detail(RunReport report) {
        return report.failure().detail();
    }

    @Test
    void endsTheWaitAtOnceAndSaysHowLongTheVmLived() throws Exception {
        TestClock clock = TestClock.sleepless();
        rig.waitTime = Duration.ofMinutes(10);
        rig.sim.expectWait();
        rig.sim.inject(Point.VERIFY, Fault.VM_DIES);
        RunReport report = rig.run(SimNode.CONTAINER, clock);
        assertEquals("wait vm-died", Rig.verdict(report));
        // The second question is asked two seconds after Run.
        assertTrue(detail(report).matches("the VM died 2(\\.\\d)?s after it was started"), detail(report));
        assertTrue(report.consoleLog().contains("Kernel panic"), report.consoleLog());
        assertEquals("List Mount Mount Run Exists+ Logs Delete Exists Unmount Mounted Unmount Mounted", rig.calls());
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void whatStaysInTheKernelIsALeakAndIsNamed() throws Exception {
        rig.close();
        rig = new Rig(broker.url(), directory, Duration.ofSeconds(1));
        rig.sim.inject(Point.DELETE, Fault.STAYS);
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals("delete leak", Rig.verdict(report));
        assertTrue(detail(report).matches("((cloud-hypervisor|virtiofsd) \\(pid \\d+\\)(, )?){3} still serves " + report.id() + " 1s after its removal was reported as done"),
                detail(report));
        // A process that no Delete removes holds the mounts.
        assertTrue(rig.left().contains("mount " + report.id()));
        assertEquals("List Mount Mount Run Exists Inspect Delete Exists+", rig.calls());
        assertEquals("passed", Rig.verdict(rig.run(SimNode.CONTAINER)));
        rig.sim.newRun();
        rig.sim.inject(Point.UNMOUNT, Fault.STAYS);
        report = rig.run(SimNode.CONTAINER);
        assertEquals(report.id() + " is still mounted 1s after its removal was reported as done", detail(report));
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void aProcFileSystemThatCannotBeReadLeavesTheModulesWord() throws Exception {
        try (Stream<Path> tree = Files.walk(directory.resolve("proc"))) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
        Files.createDirectory(directory.resolve("proc"));
        rig.sim.onCall(Point.UNMOUNT, () -> Files.deleteIfExists(directory.resolve("proc/self/mountinfo")));
        assertEquals("passed", Rig.verdict(rig.run(SimNode.CONTAINER)));
    }

    @Test
    void aFailedRunIsSplitIntoItsReasonAndTheConsoleLogBeforeIt() throws Exception {
        rig.sim.vmd().failRun("[    0.1] Linux\n[    0.2] Kernel panic\n: failed to spawn vm machine process");
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals(new Failure(Step.DEPLOY, Cause.REMOTE_ERROR, "vmd failed to Run: failed to spawn vm machine process"),
                report.failure());
        assertEquals(List.of("[    0.1] Linux", "[    0.2] Kernel panic"), report.consoleLog().lines().toList());
        assertEquals("List Mount Mount Run Delete Exists Unmount Mounted Unmount Mounted", rig.calls());
    }

    @Test
    void aConsoleLogThatDoesNotEndItsLineLosesNothing() throws Exception {
        rig.sim.vmd().failRun("first\nlast: context deadline exceeded");
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals("vmd failed to Run: last: context deadline exceeded", detail(report));
        assertEquals("first\n", report.consoleLog());
    }

    @Test
    void aFailedRunWithoutALogIsShownAsItIs() throws Exception {
        rig.sim.vmd().failRun("no logs available: failed to start cloud-hypervisor");
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals("vmd failed to Run: no logs available: failed to start cloud-hypervisor", detail(report));
        assertEquals("", report.consoleLog());
    }

    @Test
    void aNameThatIsTakenOrClaimedIsNotUsed() throws Exception {
        long now = Instant.now().getEpochSecond();
        ZbusClient other = new ZbusClient(BrokerUrl.parse(broker.url()), Clock.system(), CallListener.NONE);
        // More seconds than pass until the run has its name.
        for (long number = now; number < now + 60; number++) {
            assertTrue(other.claim("vmtestd.test-vm-" + number, Duration.ofMinutes(1), Deadline.in(Clock.system(), Duration.ofMinutes(1))));
        }
        rig.sim.vmd().addRunning("test-vm-" + (now + 60));
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals("passed", Rig.verdict(report));
        assertEquals("test-vm-" + (now + 61), report.id());
        assertTrue(rig.notices.get(rig.notices.size() - 1).matches("the name test-vm-\\d+ is taken; this run uses " + report.id()), rig.notices::toString);
        assertEquals(Set.of("VM test-vm-" + (now + 60)), rig.left());
    }

    /** Otherwise a claim that is released between the two would hide a VM that the list does not have yet. */
    @Test
    void theNameIsClaimedBeforeTheVmsAreListed() throws Exception {
        List<String> claims = new ArrayList<>();
        rig.sim.onCall(Point.LIST, () -> claims.addAll(rig.sim.claims()));
        assertEquals(List.of("vmtestd." + rig.run(SimNode.CONTAINER).id()), claims);
    }

    @Test
    void aVmThatHasTheNameAlreadyIsLeftAlone() throws Exception {
        rig.sim.vmd().failRun("a vm with same name already exists");
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals("deploy remote-error", Rig.verdict(report));
        assertEquals("List Mount Mount Run", rig.calls());
        assertEquals(Set.of("mount " + report.id(), "mount " + report.id() + "-kernel"), rig.left());
    }
}
