package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import vmtestd.cleanup.Cause;
import vmtestd.sim.Point;
import vmtestd.sim.SimGuest;
import vmtestd.sim.SimNode;
import vmtestd.status.PastRuns;
import vmtestd.time.Clock;
import vmtestd.time.TestClock;

/** What a run makes of each kind of guest. */
class GuestTest extends RigTest {
    private static final Duration BOOT_TIMEOUT = Duration.ofSeconds(60);

    private final TestClock clock = TestClock.sleepless();

    @BeforeEach
    void configure() {
        rig.bootTimeout = BOOT_TIMEOUT;
    }

    private RunReport run(SimGuest guest) throws Exception {
        rig.sim.proc().guest(guest);
        RunReport report = rig.run(SimNode.CONTAINER, clock);
        assertEquals(Set.of(), rig.left());
        return report;
    }

    private static StepResult step(RunReport report, Step step) {
        return report.steps().stream().filter(result -> result.step() == step).findAny().orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(value = SimGuest.class, names = {"GOOD", "SMALL"})
    void oneThatRunsItsUserlandPasses(SimGuest guest) throws Exception {
        RunReport report = run(guest);
        assertEquals("passed", Rig.verdict(report));
        assertEquals("the guest's userland runs", step(report, Step.BOOT).note());
        // Both are measured from the call of Run.
        assertTrue(step(report, Step.BOOT).took().compareTo(report.guestUp()) >= 0, report.toString());
        assertEquals("", report.guestConsole());
    }

    @Test
    void theWaitIsLongEnoughForACrashToShowAndNoLongerThanAsked() throws Exception {
        assertTrue(step(run(SimGuest.GOOD), Step.WAIT).took().toMillis() >= 2_900);
        rig.waitTime = Duration.ofSeconds(10);
        long wait = step(run(SimGuest.GOOD), Step.WAIT).took().toMillis();
        assertTrue(wait >= 8_000 && wait <= 15_000, wait + " ms");
    }

    @ParameterizedTest
    @CsvSource({"STOPPED, it never read its root file system, ''",
        "NO_ROOT, it never read its root file system, mount: mounting vroot on /new_root failed: Invalid argument",
        "NO_INIT, it read 96 bytes of its root file system and stopped, 'ERROR: Root device mounted successfully, but /sbin/init does not exist.'"})
    void oneThatDoesNotBootFails(SimGuest guest, String words, String firstLine) throws Exception {
        RunReport report = run(guest);
        assertEquals(new Failure(Step.BOOT, Cause.NO_BOOT, "the guest did not boot within 1m0s: " + words), report.failure());
        assertEquals(firstLine, report.guestConsole().lines().findFirst().orElse(""));
        assertFalse(report.guestConsole().contains("\u001b"), report.guestConsole());
        assertNull(report.guestUp());
        assertTrue(rig.calls().startsWith("List Mount Mount Run Delete"), rig.calls());
    }

    @Test
    void oneWhoseInitCrashesHasDiedAndInspectIsNotCalled() throws Exception {
        RunReport report = run(SimGuest.CRASH);
        assertEquals("wait vm-died", Rig.verdict(report));
        String detail = report.failure().detail();
        assertTrue(detail.matches("the guest reset itself 2(\\.\\d)?s after it was up"), detail);
        assertTrue(report.guestConsole().contains("Kernel panic"), report.guestConsole());
        assertEquals("List Mount Mount Run Exists Logs Delete Exists Unmount Mounted Unmount Mounted", rig.calls());
    }

    @Test
    void aHypervisorThatEndsBeforeTheGuestIsUpHasDied() throws Exception {
        rig.sim.proc().guest(SimGuest.NO_INIT);
        boolean[] booting = {false};
        rig.onStep = step -> booting[0] = step == Step.BOOT;
        TestClock running = TestClock.running();
        // The first sleep of the boot is that after its first look.
        running.onSleep(duration -> {
            if (booting[0]) {
                rig.sim.vmd().killOurs();
            }
            Clock.system().sleep(duration);
        });
        RunReport report = rig.run(SimNode.CONTAINER, running);
        assertEquals("boot vm-died", Rig.verdict(report));
        assertTrue(report.failure().detail().startsWith("the VM died "), String.valueOf(report.failure()));
    }

    @Test
    void whatCannotBeSeenIsNoFailure() throws Exception {
        RunReport disk = rig.run(SimNode.DISK_ONLY, clock);
        assertEquals("passed", Rig.verdict(disk));
        assertEquals("not observed: its root is not on virtio-fs", step(disk, Step.BOOT).note());
        assertNull(disk.guestUp());
    }

    @Test
    void aProcFileSystemThatIsNoneIsNoFailure() throws Exception {
        rig.sim.onCall(Point.DEPLOY, () -> Files.move(directory.resolve("proc/self"), directory.resolve("self")));
        rig.sim.onCall(Point.DELETE, () -> Files.move(directory.resolve("self"), directory.resolve("proc/self")));
        RunReport blind = rig.run(SimNode.CONTAINER, clock);
        assertEquals("passed", Rig.verdict(blind));
        assertTrue(step(blind, Step.BOOT).note().startsWith("not observed: "), step(blind, Step.BOOT).note());
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void whereNobodyLooksItSaysSo() throws Exception {
        rig.bootTimeout = Duration.ZERO;
        RunReport report = run(SimGuest.STOPPED);
        assertEquals("passed", Rig.verdict(report));
        assertEquals("not observed: --boot-timeout is 0", step(report, Step.BOOT).note());
        assertEquals(PastRuns.STEPS, report.steps().stream().map(StepResult::step).toList());
    }

    @Test
    void aStopDuringTheBootDeletesTheVmAtOnce() throws Exception {
        rig.sim.proc().guest(SimGuest.STOPPED);
        rig.onStep = step -> {
            if (step == Step.BOOT) {
                rig.stop.request();
            }
        };
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals("boot interrupted", Rig.verdict(report));
        assertEquals(Set.of(), rig.left());
    }
}
