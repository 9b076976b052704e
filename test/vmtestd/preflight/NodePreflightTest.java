package vmtestd.preflight;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import vmtestd.preflight.CheckResult.Mark;
import vmtestd.preflight.CheckResult.Subject;
import vmtestd.run.FakeModule;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/** What is found about the broker and the modules, each of them up, down, busy, hung or odd. */
class NodePreflightTest {
    private static final String NOT_ASKED = "{broker=failed, vmd=skipped, flist=skipped, storage=skipped, zui=skipped, vms=skipped, provision=skipped}";

    @TempDir
    private Path folder;
    private EmbeddedBroker broker;
    private PreflightRig rig;
    private final List<AutoCloseable> modules = new ArrayList<>();

    @BeforeEach
    void startBroker() throws IOException {
        broker = new EmbeddedBroker(folder.resolve("redis.sock"), null);
        rig = new PreflightRig(broker.url(), folder.resolve("root"));
    }

    @AfterEach
    void stopAll() throws Exception {
        for (AutoCloseable module : modules) {
            module.close();
        }
        broker.close();
    }

    private SimNode startNode() {
        SimNode node = new SimNode(broker.url(), folder);
        modules.add(node);
        return node;
    }

    private void start(FakeModule module) {
        modules.add(module);
    }

    private void startFree(String... names) throws Exception {
        for (String name : names) {
            start(FakeModule.free(broker.url(), name));
        }
    }

    @Test
    void aNodeThatIsWellIsGoodInEveryRespect() throws Exception {
        SimNode node = startNode();
        Set<String> before = PreflightRig.tree(folder);
        assertTrue(rig.look());
        assertEquals("{}", rig.notGood(), rig.findings::toString);
        assertEquals(List.of(Subject.values()), rig.subjects());
        assertEquals("up, and free", rig.words(Subject.VMD));
        assertEquals(SimNode.FOREIGN.size() + " on the node", rig.words(Subject.VMS));
        assertEquals("vmd.List", node.callNames());
        assertEquals(Set.of(), node.left());
        assertEquals(before, PreflightRig.tree(folder), "nothing is made, not even the root folder");
    }

    @Test
    void whatIsFoundIsToldAtOnce() throws Exception {
        SimNode node = startNode();
        List<String> calls = new ArrayList<>();
        rig.onFinding = finding -> calls.add(finding.subject() + ":" + node.callNames());
        rig.look();
        assertEquals(List.of("broker:", "vmd:", "flist:", "storage:", "zui:", "vms:vmd.List", "provision:vmd.List", "guest:vmd.List", "leftovers:vmd.List", "root:vmd.List",
                "run.lock:vmd.List", "daemon.lock:vmd.List", "clock:vmd.List"), calls);
    }

    @Test
    void aBrokerThatIsNotThereFailsAndNobodyElseIsAsked() throws Exception {
        rig = new PreflightRig("unix://" + folder.resolve("nobody.sock"), folder.resolve("root"));
        assertFalse(rig.look());
        assertEquals(NOT_ASKED, rig.notGood());
        assertEquals("cannot connect to unix://" + folder.resolve("nobody.sock") + ": No such file or directory", rig.words(Subject.BROKER));
        assertEquals(List.of(Subject.values()), rig.subjects());
    }

    @ParameterizedTest
    @CsvSource({"'', failed, refused PING: NOAUTH Authentication required.", "wrong@, failed, refused AUTH: WRONGPASS", "secret@, good, PING was answered"})
    void thePasswordIsTried(String user, String mark, String words) throws Exception {
        Path socket = folder.resolve("locked.sock");
        try (EmbeddedBroker locked = new EmbeddedBroker(socket, "secret")) {
            rig = new PreflightRig("unix://" + user + socket, folder.resolve("root"));
            assertFalse(rig.look());
            assertEquals(mark, rig.mark(Subject.BROKER).toString());
            assertTrue(rig.words(Subject.BROKER).contains(words), rig.words(Subject.BROKER));
            assertFalse(rig.findings.toString().contains("secret@"), rig.findings::toString);
            assertEquals("unix://" + socket, locked.url());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "vmd | {vmd=failed, vms=skipped} | vmd is not running: nobody answers on vmd.zbus@1.0; see zinit log vmd",
        "flist | {flist=failed} | flist is not running: nobody answers on flist.zbus@1.0; see zinit log flistd",
        "storage | {storage=failed} | storage is not running: nobody answers on storage.zbus@1.0; see zinit log storaged",
        "zui | {zui=warning} | zui is not running: nobody answers on zui.zbus@1.0; a run does without it"})
    void aModuleThatIsDown(String down, String notGood, String words) throws Exception {
        for (String name : List.of("flist", "storage", "zui", "vmd")) {
            if (!name.equals(down)) {
                startFree(name);
            }
        }
        rig.onFinding = this::startNodeBeforeList;
        assertEquals(down.equals("zui"), rig.look());
        assertEquals(notGood, rig.notGood());
        assertEquals(words, rig.words(Subject.valueOf(down.toUpperCase())));
        assertEquals(Map.of(), rig.queues());
    }

    /** None of the fakes answers List: the simulated vmd does. */
    private void startNodeBeforeList(CheckResult finding) {
        if (finding.subject() == Subject.ZUI) {
            startNode();
        }
    }

    @Test
    void aModuleThatTakesTheRequestAndDoesNotAnswerHangs() throws Exception {
        start(FakeModule.hung(broker.url(), "vmd"));
        startFree("flist", "storage", "zui", "provision");
        assertFalse(rig.look());
        assertEquals("{vmd=failed, vms=skipped}", rig.notGood());
        assertEquals("vmd hangs: it takes requests on vmd.zbus@1.0, and does not answer; see zinit log vmd", rig.words(Subject.VMD));
        assertEquals(Map.of(), rig.queues());
    }

    @ParameterizedTest
    @CsvSource({"vmd, '{vmd=failed, vms=skipped}'", "flist, {flist=failed}", "storage, {storage=failed}", "zui, {zui=warning}"})
    void aStatusThatIsNoneIsNotTakenForOne(String odd, String notGood) throws Exception {
        for (String name : List.of("vmd", "flist", "storage", "zui")) {
            start(name.equals(odd) ? FakeModule.nonsense(broker.url(), name) : FakeModule.free(broker.url(), name));
        }
        rig.onFinding = this::startNodeBeforeList;
        assertEquals(odd.equals("zui"), rig.look());
        assertEquals(notGood, rig.notGood());
        assertTrue(rig.words(Subject.valueOf(odd.toUpperCase())).startsWith(odd + " sent a malformed status: Expected Map, but got Integer"), rig.findings::toString);
    }

    /** No call of a run gets as much time. */
    @Test
    void aModuleThatHasBeenBusyForTooLongHangs() throws Exception {
        start(FakeModule.with(broker.url(), "vmd", Instant.now().minusSeconds(125), "[manager@0.0.1].Run()"));
        startFree("flist", "storage", "zui", "provision");
        assertFalse(rig.look());
        assertEquals("{vmd=failed, vms=skipped}", rig.notGood());
        assertTrue(rig.words(Subject.VMD).startsWith("up, and hangs in [manager@0.0.1].Run() for 2m"), rig.words(Subject.VMD));
    }

    /** vmd's monitor asks it about each VM that runs, and Run waits for the monitor. */
    @Test
    void aProvisiondThatIsDownFailsARunWhereVmsRun() throws Exception {
        startNode().provision.stop();
        assertFalse(rig.look());
        assertEquals("{provision=failed}", rig.notGood());
        assertEquals("provision is not running: nobody answers on provision.zbus@1.0; see zinit log provisiond", rig.words(Subject.PROVISION));
        assertEquals(Map.of(), rig.queues());
    }

    @Test
    void aProvisiondThatIsDownIsAWarningWhereNoVmRuns() throws Exception {
        SimNode node = startNode();
        node.provision.stop();
        node.vmd().removeAll();
        assertTrue(rig.look());
        assertEquals("{provision=warning}", rig.notGood());
        assertEquals("provision is not running: nobody answers on provision.zbus@1.0; no VM runs that vmd would ask it about, "
                + "so one more run does without it", rig.words(Subject.PROVISION));
    }

    /** As a run leaves it that has passed while provisiond was down: its VM has gone, the monitor still asks. */
    @Test
    void aProvisiondThatIsDownFailsARunIfVmdWaitsForItAlready() throws Exception {
        SimNode node = startNode();
        node.provision.stop();
        node.vmd().removeAll();
        rig.push("provision.provision@0.0.1", "GetWorkloadStatus");
        assertFalse(rig.look());
        assertEquals("{provision=failed}", rig.notGood());
        assertEquals(Map.of("provision.provision@0.0.1", 1L), rig.queues());
    }

    @Test
    void whatVmdAndFlistdDependOnMayBeBusyForAWhile() throws Exception {
        SimNode node = startNode();
        node.provision.occupy("[provision@0.0.1].Changes()");
        node.storage.occupy("[storage@0.0.1].DiskCreate()");
        assertTrue(rig.look());
        assertEquals("{storage=warning, provision=warning}", rig.notGood());
        assertTrue(rig.words(Subject.STORAGE).startsWith("up, and busy with [storage@0.0.1].DiskCreate() for "), rig.words(Subject.STORAGE));
    }

    @Test
    void aStoragedThatHasBeenBusyForTooLongHangs() throws Exception {
        start(FakeModule.with(broker.url(), "storage", Instant.now().minusSeconds(125), "[storage@0.0.1].DiskCreate()"));
        startFree("vmd", "flist", "zui");
        rig.onFinding = this::startNodeBeforeList;
        assertFalse(rig.look());
        assertEquals("{storage=failed}", rig.notGood());
        assertTrue(rig.words(Subject.STORAGE).endsWith("; see zinit log storaged"), rig.words(Subject.STORAGE));
    }

    @Test
    void aBusyVmdShowsItsCallAndIsNotAskedForItsVms() throws Exception {
        start(FakeModule.with(broker.url(), "vmd", Instant.now().minusSeconds(65), "[manager@0.0.1].Run()"));
        startFree("flist", "storage", "zui", "provision");
        assertTrue(rig.look(), "a run would wait for it");
        assertEquals("{vmd=warning, vms=skipped}", rig.notGood());
        assertTrue(rig.words(Subject.VMD).matches("up, and busy with \\[manager@0\\.0\\.1]\\.Run\\(\\) for 1m(5|6|7)(\\.\\d)?s: other calls wait"), rig.words(Subject.VMD));
        assertEquals("not asked: vmd is busy", rig.words(Subject.VMS));
        assertEquals("none; vmd was not asked for VMs", rig.words(Subject.LEFTOVERS));
        assertEquals(Map.of(), rig.queues());
    }

    @Test
    void aBusyFlistdIsAWarningAndTimeDoesNotRunBackwards() throws Exception {
        start(FakeModule.with(broker.url(), "flist", Instant.now().plusSeconds(60), "[flist@0.0.1].Mount()", "[flist@0.0.1].Unmount()"));
        startFree("vmd", "storage", "zui");
        rig.onFinding = this::startNodeBeforeList;
        assertTrue(rig.look());
        assertEquals("{flist=warning}", rig.notGood());
        assertEquals("up, and busy with [flist@0.0.1].Mount() for 0s and with [flist@0.0.1].Unmount() for 0s: other calls wait", rig.words(Subject.FLIST));
    }

    @Test
    void aModuleWithAWorkerToSpareIsGood() throws Exception {
        start(FakeModule.with(broker.url(), "vmd", Instant.now(), "[manager@0.0.1].Run()", ""));
        startFree("flist", "storage", "zui", "provision");
        rig.onFinding = this::startNodeBeforeList;
        assertTrue(rig.look());
        assertEquals("{}", rig.notGood());
        assertTrue(rig.words(Subject.VMD).startsWith("up, and busy with [manager@0.0.1].Run() for "), rig.words(Subject.VMD));
    }

    @ParameterizedTest
    @CsvSource({"ERROR, vmd failed to List: injected error of vmd", "MALFORMED, vmd sent a malformed reply to List", "NO_ANSWER, vmd did not answer List within"})
    void vmsThatCannotBeListedAreAFailure(Fault fault, String words) throws Exception {
        SimNode node = startNode();
        node.inject(Point.LIST, fault);
        assertFalse(rig.look());
        assertEquals("{vms=failed}", rig.notGood());
        assertTrue(rig.words(Subject.VMS).startsWith(words), rig.words(Subject.VMS));
        assertTrue(rig.took.compareTo(PreflightRig.PROMISED) < 0, rig.took::toString);
        node.awaitIdle();
        assertEquals(Set.of(), node.left());
    }

    @Test
    void aStopBeforeItBeginsKeepsItFromAskingAnybody() throws Exception {
        SimNode node = startNode();
        rig.stop.request();
        assertThrows(InterruptedException.class, rig::look);
        assertEquals(List.of(), rig.findings);
        assertEquals("", node.callNames());
        assertFalse(Thread.interrupted());
    }

    @Test
    void aStopWhileAModuleIsSilentEndsItAtOnceAndTakesTheRequestBack() throws Exception {
        Thread stopper = whenQueued("vmd.zbus@1.0");
        assertThrows(InterruptedException.class, rig::look);
        stopper.join();
        assertEquals(List.of(Subject.BROKER), rig.subjects(), "before vmd's time was up");
        assertEquals(Map.of(), rig.queues());
        assertFalse(Thread.interrupted());
    }

    @Test
    void aStopWhileTheListIsWaitedForTakesTheRequestBack() throws Exception {
        startFree("vmd", "flist", "storage", "zui");
        Thread stopper = whenQueued("vmd.manager@0.0.1");
        assertThrows(InterruptedException.class, rig::look);
        stopper.join();
        assertEquals(List.of(Subject.BROKER, Subject.VMD, Subject.FLIST, Subject.STORAGE, Subject.ZUI), rig.subjects());
        assertTrue(rig.took.compareTo(Duration.ofSeconds(2)) < 0, rig.took::toString);
        assertEquals(Map.of(), rig.queues());
        assertFalse(Files.exists(rig.root));
    }

    /** Requests a stop when a request is on the queue. */
    private Thread whenQueued(String queue) {
        Thread thread = new Thread(() -> {
            try {
                while (!rig.queues().containsKey(queue)) {
                    Thread.onSpinWait();
                }
                rig.stop.request();
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        thread.start();
        return thread;
    }

    @Test
    void aProcFileSystemThatTellsNothingIsAWarning() throws Exception {
        rig.proc = Files.createDirectories(folder.resolve("none"));
        startNode();
        assertTrue(rig.look());
        assertEquals(Mark.WARNING, rig.mark(Subject.GUEST));
        assertEquals("booting cannot be observed: " + rig.proc + "/ is not a proc file system", rig.words(Subject.GUEST));
    }

    @Test
    void marksAndSubjectsAreWordsForPeople() {
        assertEquals("[good, warning, failed, skipped]", List.of(Mark.values()).toString());
        assertEquals("[broker, vmd, flist, storage, zui, vms, provision, guest, leftovers, root, run.lock, daemon.lock, clock]", List.of(Subject.values()).toString());
    }
}
