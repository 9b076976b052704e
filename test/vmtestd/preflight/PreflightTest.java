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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import vmtestd.cleanup.Scenario;
import vmtestd.preflight.CheckResult.Mark;
import vmtestd.preflight.CheckResult.Subject;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.FakeModule;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/** The results for the broker and the modules, each of them up, down, busy, hung or malformed. */
class PreflightTest {
    private static final String NOT_ASKED = "{broker=failed, vmd=skipped, flist=skipped, storage=skipped, zui=skipped, vms=skipped, provision=skipped}";

    @TempDir
    private Path directory;
    private EmbeddedBroker broker;
    private PreflightRig rig;
    private final List<AutoCloseable> modules = new ArrayList<>();

    @BeforeEach
    void startBroker() throws IOException {
        broker = new EmbeddedBroker(directory.resolve("redis.sock"), null);
        rig = new PreflightRig(broker.url(), directory.resolve("root"));
    }

    @AfterEach
    void stopAll() throws Exception {
        for (AutoCloseable module : modules) {
            module.close();
        }
        broker.close();
    }

    private SimNode startNode() {
        SimNode node = new SimNode(broker.url(), directory);
        modules.add(node);
        return node;
    }

    /** @param state {@code free}, {@code down}, {@code hung}, {@code nonsense}, or for how many seconds it has been in which calls */
    private FakeModule start(String name, String state) throws Exception {
        String[] words = state.split(" ");
        String queue = FakeModule.statusQueue(name);
        FakeModule module = switch (words[0]) {
            case "down" -> null;
            case "free" -> FakeModule.withWorkers(broker.url(), name, Instant.EPOCH, "");
            case "hung" -> new FakeModule(broker.url(), queue, request -> null);
            case "nonsense" -> new FakeModule(broker.url(), queue, request -> FakeModule.result(request.id(), new byte[] {42}));
            default -> FakeModule.withWorkers(broker.url(), name, Instant.now().minusSeconds(Integer.parseInt(words[0])),
                    Stream.of(words).skip(1).map(call -> call.replace("free", "")).toArray(String[]::new));
        };
        if (module != null) {
            modules.add(module);
        }
        return module;
    }

    /** Starts a module in some state and the others that are asked before vmd's List, all of them free. */
    private FakeModule startAmongFree(String name, String state) throws Exception {
        for (String other : List.of("vmd", "flist", "storage", "zui")) {
            if (!other.equals(name)) {
                start(other, "free");
            }
        }
        return start(name, state);
    }

    @Test
    void aHealthyNodeIsGoodInEveryRespect() throws Exception {
        SimNode node = startNode();
        Set<String> before = PreflightRig.tree(directory);
        assertTrue(rig.look());
        assertEquals("{}", rig.notGood(), rig.results::toString);
        assertEquals(PreflightRig.SUBJECTS, rig.subjects());
        assertEquals("up, and free", rig.words(Subject.VMD));
        assertEquals(SimNode.FOREIGN.size() + " on the node", rig.words(Subject.VMS));
        assertEquals("its boot can probably be observed", rig.words(Subject.GUEST));
        assertEquals("vmd.List", node.callNames());
        assertEquals(Set.of(), node.left());
        assertEquals(before, PreflightRig.tree(directory), "nothing is made, not even the root directory");
    }

    @Test
    void eachResultIsReportedAtOnce() throws Exception {
        SimNode node = startNode();
        List<String> calls = new ArrayList<>();
        rig.onResult = result -> calls.add(result.subject() + ":" + node.callNames());
        rig.look();
        assertEquals(List.of("broker:", "vmd:", "flist:", "storage:", "zui:", "vms:vmd.List", "provision:vmd.List", "guest:vmd.List", "leftovers:vmd.List", "root:vmd.List",
                "run.lock:vmd.List", "daemon.lock:vmd.List", "clock:vmd.List"), calls);
    }

    @Test
    void aBrokerThatIsNotThereFailsAndNobodyElseIsAsked() throws Exception {
        rig = new PreflightRig("unix://" + directory.resolve("nobody.sock"), directory.resolve("root"));
        assertFalse(rig.look());
        assertEquals(NOT_ASKED, rig.notGood());
        assertEquals("cannot connect to unix://" + directory.resolve("nobody.sock") + ": No such file or directory",
                rig.words(Subject.BROKER));
        assertEquals(PreflightRig.SUBJECTS, rig.subjects());
    }

    @ParameterizedTest
    @CsvSource({"'', failed, refused PING: NOAUTH Authentication required.", "wrong@, failed, refused AUTH: WRONGPASS", "secret@, good, PING was answered"})
    void thePasswordIsTried(String user, String mark, String words) throws Exception {
        Path socket = directory.resolve("locked.sock");
        try (EmbeddedBroker locked = new EmbeddedBroker(socket, "secret")) {
            rig = new PreflightRig("unix://" + user + socket, directory.resolve("root"));
            assertFalse(rig.look());
            assertEquals(mark, rig.mark(Subject.BROKER).toString());
            assertTrue(rig.words(Subject.BROKER).contains(words), rig.words(Subject.BROKER));
            assertFalse(rig.results.toString().contains("secret@"), rig.results::toString);
            assertEquals("unix://" + socket, locked.url());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "vmd | down | {vmd=failed, vms=skipped} | vmd is not running: nobody answers on vmd.zbus@1.0; see zinit log vmd",
        "flist | down | {flist=failed} | flist is not running: nobody answers on flist.zbus@1.0; see zinit log flistd",
        "storage | down | {storage=failed} | storage is not running: nobody answers on storage.zbus@1.0; see zinit log storaged",
        "zui | down | {zui=warning} | zui is not running: nobody answers on zui.zbus@1.0; a run does not need it",
        "vmd | hung | {vmd=failed, vms=skipped} | vmd hangs: it takes requests on vmd.zbus@1.0, and does not answer; see zinit log vmd",
        "vmd | nonsense | {vmd=failed, vms=skipped} | vmd sent a malformed status",
        "flist | nonsense | {flist=failed} | flist sent a malformed status",
        "storage | nonsense | {storage=failed} | storage sent a malformed status",
        "zui | nonsense | {zui=warning} | zui sent a malformed status",
        // No call of a run gets as much time.
        "vmd | 125 [manager@0.0.1].Run() | {vmd=failed, vms=skipped} | up, and hangs in [manager@0.0.1].Run() for TIME; see zinit log vmd",
        "storage | 125 [storage@0.0.1].DiskCreate() | {storage=failed} | up, and hangs in [storage@0.0.1].DiskCreate() for TIME; see zinit log storaged",
        // By a clock that was set back.
        "flist | -60 [flist@0.0.1].Mount() [flist@0.0.1].Unmount() | {flist=warning} "
                + "| up, and busy with [flist@0.0.1].Mount() for TIME and with [flist@0.0.1].Unmount() for TIME: other calls wait",
        "vmd | 1 [manager@0.0.1].Run() free | {} | up, and busy with [manager@0.0.1].Run() for TIME: other calls do not wait"})
    void aModuleThatIsNotFree(String name, String state, String notGood, String words) throws Exception {
        startAmongFree(name, state);
        // No fake answers List.
        rig.onResult = result -> {
            if (result.subject() == Subject.ZUI) {
                startNode();
            }
        };
        assertEquals(!notGood.contains("failed"), rig.look());
        assertEquals(notGood, rig.notGood());
        String found = rig.words(Subject.valueOf(name.toUpperCase()));
        assertTrue(found.replaceAll(" for \\d[\\dms.]*", " for TIME").startsWith(words), found);
        assertEquals(Map.of(), rig.queues());
    }

    @Test
    void aBusyVmdShowsItsCallAndIsNotAskedForItsVms() throws Exception {
        start("provision", "free");
        startAmongFree("vmd", "65 [manager@0.0.1].Run()");
        assertTrue(rig.look(), "a run would wait for it");
        assertEquals("{vmd=warning, vms=skipped}", rig.notGood());
        assertTrue(rig.words(Subject.VMD).matches("up, and busy with \\[manager@0\\.0\\.1]\\.Run\\(\\) for 1m(5|6|7)(\\.\\d)?s: other calls wait"), rig.words(Subject.VMD));
        assertEquals("not asked: vmd is busy", rig.words(Subject.VMS));
        assertEquals("none; vmd was not asked for VMs", rig.words(Subject.LEFTOVERS));
        assertEquals(Map.of(), rig.queues());
    }

    @ParameterizedTest
    @CsvSource({"true, false, failed, see zinit log provisiond", "false, true, failed, see zinit log provisiond",
        "false, false, warning, 'no VM is running, so the next run does not need it'"})
    void aProvisiondThatIsDownFailsARunIfVmdAsksIt(boolean running, boolean queued, String mark, String next) throws Exception {
        SimNode node = startNode();
        node.provision.stop();
        if (!running) {
            node.vmd().removeAll();
        }
        if (queued) {
            rig.push("provision.provision@0.0.1", "GetWorkloadStatus");
        }
        assertEquals(mark.equals("warning"), rig.look());
        assertEquals("{provision=" + mark + "}", rig.notGood());
        assertEquals("provision is not running: nobody answers on provision.zbus@1.0; " + next, rig.words(Subject.PROVISION));
        assertEquals(queued ? Map.of("provision.provision@0.0.1", 1L) : Map.of(), rig.queues());
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
        assertEquals(List.of(), rig.results);
        assertEquals("", node.callNames());
        assertFalse(Thread.interrupted());
    }

    @Test
    void aStopWhileAModuleIsSilentEndsItAtOnceAndCancelsTheRequest() throws Exception {
        Thread stopper = whenQueued("vmd.zbus@1.0");
        assertThrows(InterruptedException.class, rig::look);
        stopper.join();
        assertEquals(List.of(Subject.BROKER), rig.subjects(), "before vmd's time was up");
        assertEquals(Map.of(), rig.queues());
        assertFalse(Thread.interrupted());
    }

    @Test
    void aStopDuringListCancelsTheRequest() throws Exception {
        startAmongFree("vmd", "free");
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
    void aDirectoryThatIsNotAProcFileSystemIsAWarning() throws Exception {
        rig.proc = Files.createDirectories(directory.resolve("none"));
        startNode();
        assertTrue(rig.look());
        assertEquals(Mark.WARNING, rig.mark(Subject.GUEST));
        assertEquals("its boot cannot be observed: " + rig.proc + " is not a proc file system", rig.words(Subject.GUEST));
    }

    @Test
    void aBootThatIsNotObservedOnPurposeIsAWarning() throws Exception {
        rig.bootTimeout = Duration.ZERO;
        startNode();
        assertTrue(rig.look());
        assertEquals("{guest=warning}", rig.notGood());
        assertEquals("its boot is not observed: --boot-timeout is 0", rig.words(Subject.GUEST));
    }

    @Test
    void marksAndSubjectsAsTheyArePrinted() {
        assertEquals("[good, warning, failed, skipped]", List.of(Mark.values()).toString());
        assertEquals("[broker, vmd, flist, storage, zui, vms, provision, guest, leftovers, root, run.lock, daemon.lock, clock]", PreflightRig.SUBJECTS.toString());
    }

    @Test
    void aScenarioWithAnInterfaceAsksWhatOfItCanBeObserved() throws Exception {
        SimNode node = startNode();
        rig.scenario = Scenario.STORAGE_NETWORK;
        Path sys = rig.root.resolveSibling("sys/class/net/br-ygg");
        Path self = Files.createDirectories(rig.proc.resolve("self"));
        node.networkd().removeBridge();
        assertTrue(rig.look());
        assertEquals(List.of(Subject.values()), rig.subjects());
        assertEquals("what a guest sends and answers cannot be observed: the node has no br-ygg", rig.words(Subject.TAP));
        assertEquals(Mark.WARNING, rig.mark(Subject.TAP));
        assertTrue(rig.words(Subject.DISK).startsWith("what a guest writes can"), rig.words(Subject.DISK));

        Files.createDirectories(sys);
        assertTrue(rig.look());
        assertEquals("what a guest sends and answers cannot be observed: vmtestd may not open raw sockets", rig.words(Subject.TAP));

        Files.writeString(self.resolve("status"), "CapEff:\t0000000000002000\n");
        Files.writeString(self.resolve("uid_map"), "0 0 4294967295\n");
        assertTrue(rig.look());
        assertEquals("what a guest sends and answers can probably be observed", rig.words(Subject.TAP));
        assertEquals(Mark.GOOD, rig.mark(Subject.TAP));

        assertEquals("up, and free", rig.words(Subject.NETWORK));

        node.stop("network");
        assertTrue(rig.look());
        assertEquals("network is not running: nobody answers on network.zbus@1.0; a run passes without, and does not test the network",
                rig.words(Subject.NETWORK));
        assertEquals(Mark.WARNING, rig.mark(Subject.NETWORK));
        assertEquals(Set.of(), node.left());
    }
}
