package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import vmtestd.cleanup.Journal;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.TestClock;

/** What a run does about VMs and mounts that an earlier one has left. */
class LeftoversTest extends RigTest {
    private static final String OLD = "test-vm-1700000000";

    private static String recent() {
        return "test-vm-" + (Instant.now().getEpochSecond() - 60);
    }

    @Test
    void aVmFoundByItsNameGoesWithBothItsMounts() throws Exception {
        rig.sim.addLeftover(OLD);
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals("passed", Rig.verdict(report));
        assertTrue(rig.calls().startsWith("List Delete Exists DiskDelete DiskExists Unmount Mounted Unmount Mounted Unmount Mounted Mount"), rig.calls());
        assertEquals(List.of("removed leftover " + OLD), rig.notices);
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void aVmOfARunThatMayBeGoingOnIsLeftAlone() throws Exception {
        String other = recent();
        rig.sim.vmd().addRunning(other);
        assertEquals("passed", Rig.verdict(rig.run(SimNode.CONTAINER)));
        assertEquals(Set.of("VM " + other), rig.left());
    }

    @Test
    void whatTheJournalHoldsIsRemovedHoweverRecent() throws Exception {
        String crashed = recent();
        rig.sim.addLeftover(crashed);
        Journal journal = Journal.open(rig.root, "test-vm-", rig.notices::add, Rig.DISK);
        journal.add(new Journal.Entry(Journal.Kind.VM, crashed));
        assertEquals("passed", Rig.verdict(rig.run(SimNode.CONTAINER)));
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void aMountInTheJournalHasItsVmDeletedFirst() throws Exception {
        String crashed = recent();
        rig.sim.addLeftover(crashed);
        Journal journal = Journal.open(rig.root, "test-vm-", rig.notices::add, Rig.DISK);
        journal.add(new Journal.Entry(Journal.Kind.MOUNT, crashed + "-kernel"));
        assertEquals("passed", Rig.verdict(rig.run(SimNode.CONTAINER)));
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void aVmThatCannotBeRemovedKeepsAnythingFromBeingDeployedOnTopOfIt() throws Exception {
        rig.sim.addLeftover(OLD);
        rig.sim.injectAlways(Point.DELETE, Fault.DOES_NOTHING);
        RunReport report = rig.run(SimNode.CONTAINER, TestClock.sleepless());
        assertEquals("list leak", Rig.verdict(report));
        assertFalse(rig.calls().contains("Mount "), rig.calls());
        assertTrue(rig.left().containsAll(Set.of("VM " + OLD, "journal: vm " + OLD)), "it is known to the next run");

        rig.sim.clearFaults();
        assertEquals("passed", Rig.verdict(rig.run(SimNode.CONTAINER)));
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void mountsOfAVmFoundByItsNameAreRememberedWhenOnlyTheVmIsGone() throws Exception {
        rig.sim.addLeftover(OLD);
        rig.sim.injectAlways(Point.UNMOUNT_KERNEL, Fault.DOES_NOTHING);
        assertEquals("list leak", Rig.verdict(rig.run(SimNode.CONTAINER, TestClock.sleepless())));
        assertEquals(Set.of("mount " + OLD + "-kernel", "journal: mount " + OLD + "-kernel"), rig.left());

        rig.sim.clearFaults();
        assertEquals("passed", Rig.verdict(rig.run(SimNode.CONTAINER)));
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void oneThatResistsDoesNotKeepTheOthers() throws Exception {
        String other = "test-vm-1700000001";
        rig.sim.addLeftover(OLD);
        rig.sim.addLeftover(other);
        rig.sim.makeImmortal(OLD);
        assertEquals("list leak", Rig.verdict(rig.run(SimNode.CONTAINER, TestClock.sleepless())));
        assertTrue(rig.sim.vmd().running().contains(OLD));
        assertFalse(rig.left().stream().anyMatch(left -> left.contains(other)), rig.left().toString());
    }

    @Test
    void allThatResistAreNamed() throws Exception {
        String other = "test-vm-1700000001";
        rig.sim.addLeftover(OLD);
        rig.sim.addLeftover(other);
        rig.sim.makeImmortal(OLD);
        rig.sim.makeImmortal(other);
        RunReport report = rig.run(SimNode.CONTAINER, TestClock.sleepless());
        assertEquals("list leak", Rig.verdict(report));
        String words = "leftover (" + OLD + "," + other + "|" + other + "," + OLD + ") of an earlier run could not be removed: .*";
        assertTrue(report.failure().detail().matches(words), report.failure().detail());
    }

    @Test
    void aSweepRemovesThemAndDeploysNothing() throws Exception {
        rig.sim.addLeftover(OLD);
        assertTrue(rig.sweep());
        assertEquals("List Delete Exists DiskDelete DiskExists Unmount Mounted Unmount Mounted Unmount Mounted", rig.calls());
        assertTrue(rig.sweep());
        assertEquals(List.of("removed leftover " + OLD, "nothing is left over"), rig.notices);
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void aFullDiskDoesNotKeepThemFromBeingRemovedAndNothingIsDeployed() throws Exception {
        rig.sim.addLeftover(OLD);
        Files.createDirectories(rig.root.resolve("journal.new/in-the-way"));
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals("mount local-error", Rig.verdict(report));
        assertEquals("List Delete Exists DiskDelete DiskExists Unmount Mounted Unmount Mounted Unmount Mounted", rig.calls());
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void aJournalThatCannotBeWrittenAnyMoreDoesNotKeepTheRestFromBeingRemoved() throws Exception {
        rig.sim.onCall(Point.VERIFY, () -> Files.createDirectories(rig.root.resolve("journal.new/in-the-way")));
        assertEquals("passed", Rig.verdict(rig.run(SimNode.CONTAINER)));
        assertEquals(3, rig.notices.size(), "one for each removal: " + rig.notices);
        assertTrue(rig.calls().endsWith("Delete Exists Unmount Mounted Unmount Mounted"), rig.calls());
        assertEquals(List.of(), rig.sim.flistd().mounts());
    }

    /** Flistd does what is on its queue as soon as it is back. */
    @Test
    void everyUnmountIsAskedForThoughFlistdIsDown() throws Exception {
        TestClock clock = TestClock.sleepless();
        rig.onStep = step -> {
            if (step == Step.UNMOUNT) {
                rig.sim.stop("flist");
                clock.hurry();
            }
        };
        assertEquals("unmount timeout", Rig.verdict(rig.run(SimNode.CONTAINER, clock)));
        assertEquals(2, waiting());
    }

    @Test
    void everyUnmountOfALeftoverIsAskedForThoughFlistdIsDown() throws Exception {
        TestClock clock = TestClock.sleepless();
        rig.sim.addLeftover(OLD);
        rig.sim.onCall(Point.DELETE, () -> {
            rig.sim.stop("flist");
            clock.hurry();
        });
        assertEquals("list timeout", Rig.verdict(rig.run(SimNode.CONTAINER, clock)));
        assertEquals(3, waiting());
    }

    private long waiting() throws Exception {
        Deadline deadline = Deadline.in(Clock.system(), Duration.ofMinutes(1));
        try (Connection connection = Connection.open(BrokerUrl.parse(broker.url()), deadline)) {
            return ((Reply.Int) connection.call(deadline, "LLEN", "flist.flist@0.0.1")).value();
        }
    }
}
