package vmtestd.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/** A run that keeps its VM, and who removes that when. */
class KeepTest {
    private static final Duration KEPT_FOR = Duration.ofHours(1);

    @TempDir
    Path folder;

    private EmbeddedBroker broker;
    private Rig rig;

    @BeforeEach
    void start() throws IOException {
        broker = new EmbeddedBroker(folder.resolve("s"), null);
        rig = new Rig(broker.url(), folder, Duration.ofSeconds(30));
    }

    @AfterEach
    void stop() throws IOException {
        rig.close();
        broker.close();
    }

    /** Does a run that keeps its VM; gives its id. */
    private String keep() throws Exception {
        rig.keep = true;
        RunReport report = rig.run(SimNode.CONTAINER);
        rig.keep = false;
        assertTrue(report.id().matches("test-vm-keep-\\d{10}"), report.id());
        return report.id();
    }

    private static Set<String> kept(String id) {
        return Set.of("VM " + id, "mount " + id, "mount " + id + "-kernel",
                "journal: vm " + id, "journal: mount " + id, "journal: mount " + id + "-kernel");
    }

    @Test
    void vmAndMountsStayAndAreNamed() throws Exception {
        String id = keep();
        assertEquals(kept(id), rig.left());
        assertEquals(List.of("kept VM " + id, "kept mount " + id, "kept mount " + id + "-kernel"), rig.notices);
        assertEquals("List Mount Mount Run Exists Inspect", rig.calls());
    }

    @Test
    void theyStayAfterAFailureToo() throws Exception {
        rig.sim.inject(Point.DEPLOY, Fault.ERROR);
        String id = keep();
        Set<String> left = rig.left();
        assertTrue(left.containsAll(Set.of("mount " + id, "mount " + id + "-kernel", "journal: vm " + id)), left::toString);
    }

    @Test
    void aRunWithinTheHourLeavesThemAlone() throws Exception {
        String id = keep();
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals("passed", Rig.verdict(report));
        assertEquals(Map.of(Journal.Kind.VM, 0, Journal.Kind.MOUNT, 0), report.leftovers());
        assertEquals(kept(id), rig.left());
    }

    @Test
    void aRunAfterTheHourRemovesThem() throws Exception {
        keep();
        JumpyClock later = JumpyClock.sleeping();
        later.jump(KEPT_FOR.plusMinutes(1));
        assertEquals("passed", Rig.verdict(rig.run(SimNode.CONTAINER, later)));
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void withoutTheirJournalTheyStayForTheHourToo() throws Exception {
        String id = keep();
        Files.delete(rig.root.resolve("journal"));
        assertEquals("passed", Rig.verdict(rig.run(SimNode.CONTAINER)));
        assertTrue(rig.left().containsAll(Set.of("VM " + id, "mount " + id)));
        JumpyClock later = JumpyClock.sleeping();
        later.jump(KEPT_FOR.plusMinutes(1));
        assertEquals("passed", Rig.verdict(rig.run(SimNode.CONTAINER, later)));
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void aSweepRemovesThemAtOnce() throws Exception {
        String id = keep();
        assertTrue(rig.sweep());
        assertTrue(rig.notices.contains("removed leftover " + id), rig.notices::toString);
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void aStopRemovesThem() throws Exception {
        rig.sim.onCall(Point.VERIFY, rig.stop::request);
        keep();
        assertEquals(Set.of(), rig.left());
    }
}
