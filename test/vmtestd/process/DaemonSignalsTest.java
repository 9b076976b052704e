package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.sim.Call;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/** A signal ends the daemon between two runs, or has the run in progress cleaned up; a second one ends it at once. */
class DaemonSignalsTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP"})
    void betweenRunsItEndsAtOnce(String signal) throws IOException, InterruptedException {
        try (EmbeddedBroker broker = broker(); SimNode node = new SimNode(broker.url(), directory);
                Program daemon = daemon(broker.url(), "100ms")) {
            daemon.awaitLine("vm test passed");
            daemon.signal(signal);
            assertEquals(0, daemon.awaitExit(), daemon::toString);
            daemon.awaitLine(" info vmtestd stopped$");
            assertEquals(List.of(), daemon.err());
            assertEquals(RunByHandTest.CONTAINER_CALLS, node.callNames());
            assertEquals(Set.of(), node.left());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP"})
    void duringTheWaitItCleansUp(String signal) throws IOException, InterruptedException {
        try (EmbeddedBroker broker = broker()) {
            assertCleansUp(signal, broker.url());
        }
    }

    @Test
    void duringTheWaitItCleansUpOverARealRedis() throws IOException, InterruptedException {
        try (RealRedis redis = new RealRedis(directory)) {
            assertCleansUp("TERM", redis.url());
        }
    }

    private void assertCleansUp(String signal, String broker) throws IOException, InterruptedException {
        try (SimNode node = new SimNode(broker, directory); Program daemon = daemon(broker, "10m")) {
            daemon.awaitLine(" step started step=wait$");
            assertEquals(SimNode.FOREIGN.size() + 1, node.vmd().running().size());
            daemon.signal(signal);
            assertEquals(0, daemon.awaitExit(), daemon::toString);
            daemon.awaitLine("^\\S+ info step failed step=wait cause=interrupted ");
            daemon.awaitLine("^\\S+ info vm test interrupted step=wait cause=interrupted id=test-vm-\\d{10} ");
            daemon.awaitLine("^\\S+ info vmtestd stopped$");
            assertEquals(List.of(), daemon.err());
            assertEquals(RunByHandTest.CONTAINER_CALLS.replace("vmd.Exists vmd.Inspect ", ""), node.callNames());
            assertEquals(Set.of(), node.left());
            assertEquals(List.of(), node.violations());
        }
    }

    @Test
    void aVmThatVmdIsStartingIsDeleted() throws Exception {
        try (EmbeddedBroker broker = broker(); SimNode node = new SimNode(broker.url(), directory)) {
            node.inject(Point.DEPLOY, Fault.NO_ANSWER);
            CompletableFuture<Call> run = node.reached(Point.DEPLOY);
            try (Program daemon = daemon(broker.url(), "10m")) {
                await(run);
                daemon.signal("TERM");
                assertEquals(0, daemon.awaitExit(), daemon::toString);
                daemon.awaitLine("^\\S+ info vm test interrupted step=deploy cause=interrupted ");
                assertEquals(List.of(), daemon.err());
            }
            assertEquals(1, node.calls().stream().filter(call -> call.method().equals("Delete")).count());
            assertEquals(Set.of(), node.left());
            assertEquals(List.of(), node.violations());
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM, TERM, 143", "TERM, INT, 130", "INT, INT, 130", "INT, TERM, 143"})
    void aSecondSignalEndsItAtOnce(String first, String second, int status) throws Exception {
        try (EmbeddedBroker broker = broker(); SimNode node = new SimNode(broker.url(), directory)) {
            node.inject(Point.DELETE, Fault.NO_ANSWER);
            try (Program daemon = daemon(broker.url(), "10m")) {
                daemon.awaitLine(" step started step=wait$");
                CompletableFuture<Call> delete = node.reached(Point.DELETE);
                daemon.signal(first);
                await(delete);
                long begin = System.nanoTime();
                daemon.signal(second);
                assertEquals(status, daemon.awaitExit(), daemon::toString);
                // The Delete that nobody answers would have taken its 40 s.
                Duration took = Duration.ofNanos(System.nanoTime() - begin);
                assertTrue(took.compareTo(Duration.ofSeconds(15)) < 0, took::toString);
                assertEquals(List.of("vmtestd: ended at once; the next run, or vmtestd --sweep, removes what is left"), daemon.err());
            }
            assertTrue(node.left().stream().anyMatch(each -> each.startsWith("mount ")), () -> "no mount was left to clear");
            clearWithTheNextStart(broker, node);
        }
    }

    private void clearWithTheNextStart(EmbeddedBroker broker, SimNode node) throws IOException, InterruptedException {
        try (Program daemon = daemon(broker.url(), "0s")) {
            daemon.awaitLine("removed leftover test-vm-\\d{10}$");
            daemon.awaitLine("vm test passed");
            assertEquals(Set.of(), node.left());
            assertEquals(List.of(), node.violations());
        }
    }

    private static void await(CompletableFuture<Call> call) throws InterruptedException, ExecutionException, TimeoutException {
        call.get(60, TimeUnit.SECONDS);
    }

    private EmbeddedBroker broker() throws IOException {
        return new EmbeddedBroker(directory.resolve("redis.sock"), null);
    }

    /** One that does a single run while the test lasts. */
    private Program daemon(String broker, String wait) throws IOException {
        return Program.start("--broker", broker, "--root", directory.resolve("root").toString(), "--interval", "1h", "--wait", wait,
                "--timeout", "40s", "--debug");
    }
}
