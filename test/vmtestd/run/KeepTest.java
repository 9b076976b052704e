package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import vmtestd.cleanup.Journal;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;
import vmtestd.time.TestClock;

/** A run that keeps its VM, and who removes that when. */
class KeepTest extends RigTest {
    private static final Duration KEPT_FOR = Duration.ofHours(1);

    /** Does a run that keeps its VM. */
    private RunReport keep() throws Exception {
        rig.keep = true;
        RunReport report = rig.run(SimNode.CONTAINER);
        rig.keep = false;
        assertTrue(report.id().matches("test-vm-keep-\\d{10}"), report.id());
        return report;
    }

    private String runAfter(Duration span) throws Exception {
        TestClock later = TestClock.running();
        later.jump(span);
        return Rig.verdict(rig.run(SimNode.CONTAINER, later));
    }

    private static Set<String> kept(String id) {
        return Set.of("VM " + id, "file virtio-" + id + "-0.socket", "file virtio-" + id + "-0.socket.pid", "mount " + id, "mount " + id + "-kernel",
                "journal: vm " + id, "journal: mount " + id, "journal: mount " + id + "-kernel");
    }

    @Test
    void vmAndMountsStayAndAreNamed() throws Exception {
        RunReport report = keep();
        String id = report.id();
        assertEquals(kept(id), rig.left());
        assertEquals(List.of("VM " + id, "mount " + id, "mount " + id + "-kernel"), report.kept());
        assertEquals("List Mount Mount Run Exists Inspect", rig.calls());
        assertEquals(Map.of(Journal.Kind.VM, 0, Journal.Kind.MOUNT, 0), report.leftovers());
    }

    @Test
    void theyStayAfterAFailureToo() throws Exception {
        rig.sim.inject(Point.DEPLOY, Fault.ERROR);
        RunReport report = keep();
        String id = report.id();
        assertEquals(List.of("what there is of VM " + id, "mount " + id, "mount " + id + "-kernel"), report.kept());
        assertTrue(rig.left().containsAll(Set.of("mount " + id, "mount " + id + "-kernel", "journal: vm " + id)));
    }

    @Test
    void whereNothingWasAskedForNothingIsKept() throws Exception {
        rig.sim.inject(Point.LIST, Fault.ERROR);
        assertEquals(List.of(), keep().kept());
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void aRunWithinTheHourLeavesThemAlone() throws Exception {
        String id = keep().id();
        assertEquals("passed", runAfter(Duration.ZERO));
        assertEquals("passed", runAfter(KEPT_FOR.minusMinutes(1)));
        assertEquals(kept(id), rig.left());
    }

    @Test
    void theHourBeginsWhenTheRunHasEnded() throws Exception {
        // The run's own number is as old as its wait was long.
        TestClock clock = TestClock.running();
        rig.sim.onCall(Point.VERIFY, () -> clock.jump(Duration.ofHours(2)));
        rig.keep = true;
        String id = rig.run(SimNode.CONTAINER, clock).id();
        rig.keep = false;
        assertEquals("passed", Rig.verdict(rig.run(SimNode.CONTAINER, clock)));
        assertTrue(rig.left().containsAll(kept(id)));
    }

    @Test
    void aRunAfterTheHourRemovesThem() throws Exception {
        keep();
        assertEquals("passed", runAfter(KEPT_FOR.plusMinutes(1)));
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void aClockThatIsSetBackDoesNotKeepThemForever() throws Exception {
        keep();
        assertEquals("passed", runAfter(Duration.ofDays(-30)));
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void withoutTheirJournalTheyStayForTwoDays() throws Exception {
        String id = keep().id();
        Files.delete(rig.root.resolve("journal"));
        assertEquals("passed", runAfter(Duration.ofHours(47)));
        assertTrue(rig.sweep());
        assertTrue(rig.left().containsAll(Set.of("VM " + id, "mount " + id)));
        assertEquals("passed", runAfter(Duration.ofHours(49)));
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void aSweepRemovesThemAtOnce() throws Exception {
        String id = keep().id();
        assertTrue(rig.sweep());
        assertTrue(rig.notices.contains("removed leftover " + id), rig.notices::toString);
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void aStopRemovesThem() throws Exception {
        rig.sim.onCall(Point.VERIFY, rig.stop::request);
        assertEquals(List.of(), keep().kept());
        assertEquals(Set.of(), rig.left());
    }
}
