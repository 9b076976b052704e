package vmtestd.preflight;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.cleanup.Journal;
import vmtestd.node.FakeProc;
import vmtestd.preflight.CheckResult.Mark;
import vmtestd.preflight.CheckResult.Subject;
import vmtestd.process.Program;
import vmtestd.run.Rig;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.SimNode;
import vmtestd.time.TestClock;

/** The results for leftovers, the root directory, its locks and the clock, on a healthy node. */
class RootPreflightTest {
    private static final String OLD = "test-vm-1700000000";

    @TempDir
    private Path directory;
    private Path root;
    private EmbeddedBroker broker;
    private SimNode node;
    private PreflightRig rig;
    private Set<String> before;

    @BeforeEach
    void start() throws IOException {
        broker = new EmbeddedBroker(directory.resolve("redis.sock"), null);
        node = new SimNode(broker.url(), directory);
        root = Files.createDirectories(directory.resolve("root"));
        rig = new PreflightRig(broker.url(), root);
    }

    @AfterEach
    void stop() throws IOException {
        node.close();
        broker.close();
    }

    /** Runs the checks; they must change nothing on the disk. */
    private boolean look() throws Exception {
        before = PreflightRig.tree(directory);
        boolean ready = rig.look();
        assertEquals(before, PreflightRig.tree(directory));
        return ready;
    }

    private Journal journal() throws IOException {
        return Journal.open(root, "test-vm-", words -> { }, Rig.DISK);
    }

    private static Journal.Entry mount(String name) {
        return new Journal.Entry(Journal.Kind.MOUNT, name);
    }

    private static String numbered(Duration ago) {
        return "test-vm-" + Instant.now().minus(ago).getEpochSecond();
    }

    @Test
    void anEmptyRootIsGood() throws Exception {
        assertTrue(look());
        assertEquals("{}", rig.notGood());
        assertEquals(root + " can be written to", rig.words(Subject.ROOT));
        assertEquals("none", rig.words(Subject.LEFTOVERS));
        assertEquals("free", rig.words(Subject.RUN_LOCK));
        assertEquals("free: no daemon runs", rig.words(Subject.DAEMON_LOCK));
    }

    @Test
    void aRootThatDoesNotExistYetIsGoodAndIsNotCreated() throws Exception {
        rig.root = root.resolve("a/b");
        assertTrue(look());
        assertEquals("{}", rig.notGood());
        assertEquals(root.resolve("a/b") + " does not exist yet, and can be created in " + root, rig.words(Subject.ROOT));
    }

    @Test
    void aProcessThatOutlivedItsVmFailsEveryRun() throws Exception {
        journal().add(new Journal.Entry(Journal.Kind.VM, "test-vm-1690000000"));
        new FakeProc(rig.proc).virtiofsd(20, 1, "test-vm-1690000000", 0);
        assertFalse(look());
        assertEquals("{leftovers=failed}", rig.notGood());
        assertEquals("virtiofsd (pid 20) still serves test-vm-1690000000, which vmd does not list; runs fail until it is killed",
                rig.words(Subject.LEFTOVERS));
    }

    @Test
    void leftoversAreListedAndNotTouched() throws Exception {
        node.addLeftover(OLD);
        node.vmd().addRunning(numbered(Duration.ofMinutes(1)));
        journal().add(mount("test-vm-1690000000"));
        String bytes = Files.readString(root.resolve("journal"));
        assertTrue(look(), "a run removes them");
        assertEquals("{leftovers=warning}", rig.notGood());
        assertEquals("the next run removes: mount test-vm-1690000000, vm " + OLD, rig.words(Subject.LEFTOVERS));
        assertEquals("vmd.List", node.callNames());
        assertEquals(bytes, Files.readString(root.resolve("journal")));
    }

    /** By the rule of a run: older than that one can last, which with these settings is 23 minutes. */
    @ParameterizedTest
    @CsvSource({"15, {}", "60, {leftovers=warning}"})
    void aVmThatIsNotInTheJournalIsALeftoverOnceItIsOld(int minutes, String notGood) throws Exception {
        node.vmd().addRunning(numbered(Duration.ofMinutes(minutes)));
        look();
        assertEquals(notGood, rig.notGood());
    }

    @Test
    void ofManyLeftoversTheFirstAreNamed() throws Exception {
        Journal journal = journal();
        for (int i = 0; i < 13; i++) {
            journal.add(mount("test-vm-" + i));
        }
        look();
        assertTrue(rig.words(Subject.LEFTOVERS).endsWith(", mount test-vm-9 and 3 more"), rig.words(Subject.LEFTOVERS));
    }

    @Test
    void aDaemonInTheMiddleOfARunIsSeenAndNotDisturbed() throws Exception {
        try (Program daemon = Program.start("--broker", broker.url(), "--root", root.toString(), "--interval", "1h", "--wait", "10m", "--debug")) {
            daemon.awaitLine(" step started step=wait$");
            assertTrue(look());
            assertEquals("{run.lock=warning}", rig.notGood());
            assertEquals("held by process " + daemon.pid() + ": a run is in progress, and another one would wait for it", rig.words(Subject.RUN_LOCK));
            assertEquals("held by process " + daemon.pid() + ": the daemon runs", rig.words(Subject.DAEMON_LOCK));
            assertEquals("none, apart from the run in progress", rig.words(Subject.LEFTOVERS));
            node.addLeftover(OLD);
            assertTrue(look());
            assertEquals("{leftovers=warning, run.lock=warning}", rig.notGood());
            assertEquals("the next run removes: vm " + OLD, rig.words(Subject.LEFTOVERS));
            daemon.signal("TERM");
            assertEquals(0, daemon.awaitExit(), daemon::toString);
        }
    }

    @Test
    void theFilesOfADaemonThatWasKilledAreNoLocks() throws Exception {
        try (Program daemon = Program.start("--broker", broker.url(), "--root", root.toString(), "--interval", "1h", "--wait", "10m", "--debug")) {
            daemon.awaitLine(" step started step=wait$");
            daemon.signal("KILL");
            daemon.awaitExit();
        }
        assertTrue(look());
        assertEquals("{leftovers=warning}", rig.notGood());
        assertTrue(rig.words(Subject.LEFTOVERS).matches("the next run removes: mount test-vm-.*, vm test-vm-\\d+"), rig.words(Subject.LEFTOVERS));
        assertEquals("free", rig.words(Subject.RUN_LOCK));
        assertEquals("free: no daemon runs", rig.words(Subject.DAEMON_LOCK));
    }

    @Test
    void aDamagedJournalIsReportedAndLeftAsItIs() throws Exception {
        journal().add(mount(OLD));
        String damaged = Files.readString(root.resolve("journal")).replace("end", "and");
        Files.writeString(root.resolve("journal"), damaged);
        assertTrue(look());
        assertEquals("{leftovers=warning}", rig.notGood());
        assertEquals("the next run removes: mount " + OLD + "; the journal is damaged, and the next run sets it aside", rig.words(Subject.LEFTOVERS));
        assertEquals(damaged, Files.readString(root.resolve("journal")));
    }

    @Test
    void aJournalThatCannotBeReadIsAFailure() throws Exception {
        Files.createDirectory(root.resolve("journal"));
        assertFalse(look());
        assertEquals("{leftovers=failed}", rig.notGood());
        assertEquals("the journal in " + root + " cannot be read (Is a directory)", rig.words(Subject.LEFTOVERS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"file", "file/below", "dangling", "/proc/sys", "/proc/vmtestd"})
    void aRootThatCannotBeWrittenToIsAFailure(String name) throws Exception {
        Files.writeString(root.resolve("file"), "");
        Files.createSymbolicLink(root.resolve("dangling"), Path.of("nowhere"));
        rig.root = root.resolve(name);
        assertFalse(look());
        assertEquals(Mark.FAILED, rig.mark(Subject.ROOT));
        assertTrue(rig.words(Subject.ROOT).startsWith(rig.root + " cannot be written to ("), rig.words(Subject.ROOT));
    }

    @Test
    void aRootThatIsALinkToADirectoryIsGood() throws Exception {
        rig.root = Files.createSymbolicLink(directory.resolve("link"), root);
        assertTrue(look());
        assertEquals("{}", rig.notGood());
    }

    @ParameterizedTest
    @CsvSource({"run.lock", "daemon.lock"})
    void aLockThatNobodyCouldTakeIsAFailure(String name) throws Exception {
        Files.createDirectory(root.resolve(name));
        assertFalse(look());
        assertEquals("{" + name + "=failed}", rig.notGood());
        assertEquals(root.resolve(name) + " cannot be locked (" + root.resolve(name) + ": Is a directory)",
                rig.words(Subject.valueOf(name.toUpperCase().replace('.', '_'))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "1970-01-01T00:03:00Z | 0 | warning | 1970-01-01T00:03:00Z cannot be right: ",
        "2025-12-31T23:59:59Z | 0 | warning | 2025-12-31T23:59:59Z cannot be right: ",
        "2026-01-01T00:00:00Z | 0 | good | 2026-01-01T00:00:00Z",
        "2026-11-22T17:36:02.9Z | 1795368962 | good | 2026-11-22T17:36:02Z",
        "2026-11-22T17:36:02Z | 1795369022 | good | 2026-11-22T17:36:02Z",
        "2026-11-22T17:36:02Z | 1795369023 | warning | 2026-11-22T17:36:02Z is 1m1s before the newest run: ",
        "2026-11-22T17:36:02Z | 99999999999999999 | warning | 2026-11-22T17:36:02Z is 27777777279064h"})
    void theClockIsComparedWithTheNewestRun(Instant now, long newest, String mark, String words) throws Exception {
        Journal journal = journal();
        journal.nextNumber(newest);
        journal.save();
        rig.clock = TestClock.stoppedAt(now);
        assertTrue(look(), "a run copes");
        assertEquals(mark, rig.mark(Subject.CLOCK).toString(), rig.words(Subject.CLOCK));
        assertTrue(rig.words(Subject.CLOCK).startsWith(words), rig.words(Subject.CLOCK));
    }
}
