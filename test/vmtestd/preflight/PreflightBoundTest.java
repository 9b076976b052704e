package vmtestd.preflight;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.preflight.CheckResult.Subject;
import vmtestd.process.AtOnce;
import vmtestd.process.RealRedis;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.SimNode;

/** Whatever hangs, the results come within the time that is promised. */
class PreflightBoundTest {
    @TestFactory
    Stream<DynamicTest> inTime(@TempDir Path directory) throws IOException {
        return new AtOnce(directory)
                .begin("a broker that takes connections and never answers", PreflightBoundTest::aSilentBroker)
                .begin("a broker that freezes after its own result", home -> aBrokerThatStopsAnswering(home, Subject.BROKER,
                        "{vmd=failed, flist=skipped, storage=skipped, zui=skipped, vms=skipped, provision=skipped}"))
                .begin("a broker that freezes after zui's result", home -> aBrokerThatStopsAnswering(home, Subject.ZUI,
                        "{vms=failed, provision=skipped}"))
                .begin("a frozen broker and a root that hangs", PreflightBoundTest::aFrozenBrokerAndARootThatHangs)
                .begin("no module and a root that hangs", PreflightBoundTest::noModuleAndARootThatHangs)
                .tests();
    }

    private static void assertInTime(PreflightRig rig) {
        assertTrue(rig.took.compareTo(PreflightRig.PROMISED) < 0, () -> rig.took + ": " + rig.results);
        assertEquals(PreflightRig.SUBJECTS, rig.subjects());
    }

    /** Makes the journal a FIFO without a writer: a read from it hangs. */
    private static void hangRoot(Path root) throws IOException, InterruptedException {
        Files.createDirectories(root);
        assertEquals(0, new ProcessBuilder("mkfifo", root.resolve("journal").toString()).inheritIO().start().waitFor());
    }

    private static void aSilentBroker(Path directory) throws Exception {
        Path socket = directory.resolve("silent.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket))) {
            PreflightRig rig = new PreflightRig("unix://" + socket, directory.resolve("root"));
            assertFalse(rig.look());
            assertInTime(rig);
            assertEquals("{broker=failed, vmd=skipped, flist=skipped, storage=skipped, zui=skipped, vms=skipped, provision=skipped}", rig.notGood());
            assertEquals("no answer in time: PING on unix://" + socket, rig.words(Subject.BROKER));
            assertTrue(server.isOpen());
        }
    }

    /** Stopped after a result, with the connection open: the next request is the first that hangs. */
    private static void aBrokerThatStopsAnswering(Path directory, Subject behind, String notGood) throws Exception {
        try (RealRedis redis = new RealRedis(directory); SimNode node = new SimNode(redis.url(), directory)) {
            PreflightRig rig = new PreflightRig(redis.url(), directory.resolve("root"));
            rig.onResult = result -> {
                if (result.subject() == behind) {
                    signal(redis, "STOP");
                }
            };
            assertFalse(rig.look());
            signal(redis, "CONT");
            assertInTime(rig);
            assertEquals(notGood, rig.notGood());
            node.awaitIdle();
            assertFalse(rig.queues().keySet().toString().contains("@"), () -> "requests are left: " + queues(rig));
        }
    }

    private static void aFrozenBrokerAndARootThatHangs(Path directory) throws Exception {
        Path root = directory.resolve("root");
        hangRoot(root);
        try (RealRedis redis = new RealRedis(directory)) {
            signal(redis, "STOP");
            PreflightRig rig = new PreflightRig(redis.url(), root);
            assertFalse(rig.look());
            assertInTime(rig);
            assertEquals("{broker=failed, vmd=skipped, flist=skipped, storage=skipped, zui=skipped, vms=skipped, provision=skipped, leftovers=skipped, root=failed, "
                    + "run.lock=skipped, daemon.lock=skipped}", rig.notGood());
        }
    }

    private static void noModuleAndARootThatHangs(Path directory) throws Exception {
        Path root = directory.resolve("root");
        hangRoot(root);
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("redis.sock"), null)) {
            PreflightRig rig = new PreflightRig(broker.url(), root);
            assertFalse(rig.look());
            assertInTime(rig);
            assertEquals("{vmd=failed, flist=failed, storage=failed, zui=warning, vms=skipped, provision=failed, leftovers=skipped, root=failed, run.lock=skipped, "
                    + "daemon.lock=skipped}", rig.notGood());
            assertEquals(root + " cannot be read: its file system does not answer", rig.words(Subject.ROOT));
            assertEquals(Map.of(), rig.queues());
        }
    }

    @Test
    void aStopEndsItAtOnceIfTheRootHangs(@TempDir Path directory) throws Exception {
        Path root = directory.resolve("root");
        hangRoot(root);
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("redis.sock"), null); SimNode node = new SimNode(broker.url(), directory)) {
            PreflightRig rig = new PreflightRig(broker.url(), root);
            rig.onResult = result -> {
                if (result.subject() == Subject.GUEST) {
                    rig.stop.request();
                }
            };
            assertThrows(InterruptedException.class, rig::look);
            assertEquals(List.of(Subject.BROKER, Subject.VMD, Subject.FLIST, Subject.STORAGE, Subject.ZUI, Subject.VMS, Subject.PROVISION,
                    Subject.GUEST), rig.subjects());
            assertEquals(Set.of(), node.left());
            assertFalse(Thread.interrupted());
        }
    }

    private static Map<String, Long> queues(PreflightRig rig) {
        try {
            return rig.queues();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void signal(RealRedis redis, String name) {
        try {
            redis.signal(name);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
