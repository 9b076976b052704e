package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/** A stop that comes in the middle of a run: what it breaks off, and that nothing is left. */
class StopTest extends RigTest {
    /** Far more than a run takes: so whatever ends earlier was broken off, and not timed out. */
    private static final Duration TIMEOUT = Duration.ofMinutes(10);
    private static final Duration BOUND = Duration.ofSeconds(60);

    StopTest() {
        super(TIMEOUT);
    }

    @ParameterizedTest
    @CsvSource({
        "LIST, list interrupted, List",
        "MOUNT, mount interrupted, List Mount Unmount Mounted",
        "INSPECT, inspect interrupted, List Mount Mount Unmount Mounted Unmount Mounted",
        "DEPLOY, deploy interrupted, List Mount Mount Run Delete Exists Unmount Mounted Unmount Mounted",
        "VERIFY, verify interrupted, List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted",
        "VERIFY_INSPECT, verify interrupted, List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted"})
    void breaksOffACallThatNobodyAnswersAndCleansUp(Point point, String verdict, String calls) throws Exception {
        rig.sim.inject(point, Fault.NO_ANSWER);
        rig.sim.onCall(point, rig.stop::request);
        RunReport report = assertTimeoutPreemptively(BOUND, () -> rig.run(SimNode.CONTAINER));
        assertEquals(verdict, Rig.verdict(report));
        // It waits for the modules, which record a call behind the moment of the stop.
        assertEquals(Set.of(), rig.left());
        assertEquals(calls, rig.calls());
    }

    @ParameterizedTest
    @CsvSource({"DELETE", "DELETE_CONFIRM", "UNMOUNT_KERNEL", "UNMOUNT_KERNEL_CONFIRM", "UNMOUNT", "UNMOUNT_CONFIRM"})
    void doesNotTouchACleanupThatIsGoingOn(Point point) throws Exception {
        rig.sim.onCall(point, rig.stop::request);
        assertEquals("passed", Rig.verdict(rig.run(SimNode.CONTAINER)));
        assertEquals("List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted", rig.calls());
        assertEquals(Set.of(), rig.left());
        assertFalse(Thread.interrupted(), "the next run's thread");
    }

    @Test
    void asksForTheRemovalOnceMoreWhileItWaitsForTheVmToBeGone() throws Exception {
        rig.sim.inject(Point.DELETE, Fault.DOES_NOTHING);
        rig.sim.onCall(Point.DELETE_CONFIRM, rig.stop::request);
        RunReport report = assertTimeoutPreemptively(BOUND, () -> rig.run(SimNode.CONTAINER));
        assertEquals("passed", Rig.verdict(report));
        assertEquals("List Mount Mount Run Exists Inspect Delete Exists Delete Exists Unmount Mounted Unmount Mounted", rig.calls());
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void aStopBeforeTheRunKeepsItFromAskingForAnything() throws Exception {
        rig.stop.request();
        assertEquals("connect interrupted", Rig.verdict(rig.run(SimNode.CONTAINER)));
        assertEquals("", rig.calls());
    }
}
