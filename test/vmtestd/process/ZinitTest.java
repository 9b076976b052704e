package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/** The service as zinit runs it. KillMatrixTest stops a run at each of its calls. */
class ZinitTest {
    private static final long BOUND_S = 60;
    private static final String PASSED = " info vm test passed ";

    @TempDir
    private Path directory;

    private RealRedis redis;
    private SimNode node;

    @BeforeEach
    void startNode() throws Exception {
        redis = new RealRedis(directory);
        node = new SimNode(redis.url(), directory);
    }

    @AfterEach
    void stopNode() throws Exception {
        node.close();
        redis.close();
        assertEquals(List.of(), node.violations());
    }

    private Zinit zinit(String... flags) throws IOException {
        return new Zinit(redis.url(), directory.resolve("root"), "", flags);
    }

    /** A daemon that goes on may be publishing its last result: that request is on zui's queue for a moment. */
    private void assertNothingIsLeft() throws Exception {
        node.awaitIdle();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(BOUND_S);
        while (node.left().equals(Set.of("key zui.zui@0.0.1")) && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertEquals(Set.of(), node.left());
    }

    @Test
    void itLeadsASessionAndStopsWhileItIsIdle() throws Exception {
        try (Zinit zinit = zinit("--wait", "0s")) {
            Program daemon = zinit.start();
            daemon.awaitLine(PASSED);
            Path proc = Path.of("/proc/" + daemon.pid());
            // Group, session and terminal: see proc(5).
            String[] stat = Files.readString(proc.resolve("stat")).replaceAll(".*\\) ", "").split(" ");
            assertEquals(List.of(daemon.pid() + "", daemon.pid() + "", "0"), List.of(stat).subList(2, 5));
            assertEquals("/dev/null", Files.readSymbolicLink(proc.resolve("fd/0")).toString());
            assertEquals("/", Files.readSymbolicLink(proc.resolve("cwd")).toString());
            assertEquals(0, zinit.shutdown());
            assertEquals(List.of(), daemon.err());
            assertNothingIsLeft();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"INSPECT_DISK", "LOGS", "WAIT", "VERIFY", "DELETE_CONFIRM", "UNMOUNT_KERNEL_CONFIRM",
        "UNMOUNT_CONFIRM"})
    void whatAStoppedRunLeavesTheNextStartRemoves(Point point) throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        node.onCall(point, () -> {
            reached.countDown();
            stopped.await(BOUND_S, TimeUnit.SECONDS);
        });
        String[] flags = point.needsPeripherals()
                ? new String[] {"--wait", "0s", "--scenario", "storage+network", "--procfs", directory + "/proc"} : new String[] {"--wait", "0s"};
        try (Zinit zinit = zinit(flags)) {
            zinit.start();
            assertTrue(reached.await(BOUND_S, TimeUnit.SECONDS), "reached " + point);
            // Before the first call that has to be undone it stops at once.
            int status = zinit.stop();
            assertTrue(status == 128 + 9 || point == Point.LIST && status == 0, () -> "status " + status);
            stopped.countDown();
            node.awaitIdle();
            assertEquals(SimNode.FOREIGN.size(), node.vmd().running().size(), () -> "the queued Delete was done: " + node.vmd().running());
            zinit.start().awaitLine(PASSED);
            assertNothingIsLeft();
        }
    }

    @Test
    void itIsStoppedWhileTheVmRuns() throws Exception {
        try (Zinit zinit = zinit("--wait", "1h", "--timeout", "1m")) {
            zinit.start();
            node.awaitRunning();
            // 0, or 137 on a slow machine.
            zinit.stop();
            node.awaitIdle();
            assertEquals(SimNode.FOREIGN.size(), node.vmd().running().size(), () -> "the queued Delete was done: " + node.vmd().running());
        }
        try (Zinit zinit = zinit("--wait", "0s")) {
            zinit.start().awaitLine(PASSED);
            assertNothingIsLeft();
        }
    }

    @Test
    void itIsStartedAgainAfterSigkill() throws Exception {
        try (Zinit zinit = zinit("--wait", "2s")) {
            zinit.start();
            node.awaitRunning();
            zinit.signal("KILL");
            zinit.restart().awaitLine(PASSED);
            assertNothingIsLeft();
        }
    }

    @Test
    void itIsStartedAgainUntilTheBrokerIsThere() throws Exception {
        redis.stop();
        try (Zinit zinit = zinit("--wait", "0s")) {
            Program first = zinit.start();
            Program second = zinit.restart();
            assertEquals(3, first.awaitExit(), first::toString);
            assertEquals(3, second.awaitExit(), second::toString);
            redis = new RealRedis(directory);
            zinit.restart().awaitLine(PASSED);
            assertNothingIsLeft();
        }
    }

    @Test
    void aFullPipeDelaysNeitherRunsNorTheEnd() throws Exception {
        Path file = directory.resolve("pipe");
        try (RandomAccessFile pipe = BlockedOutputTest.fullPipe(file.toFile());
                Zinit zinit = new Zinit(redis.url(), directory.resolve("root"), ">" + file + " 2>&1", "--wait", "0s", "--interval", "1s", "--debug")) {
            assertTrue(pipe.getFD().valid());
            zinit.start();
            for (int run = 0; run < 3; run++) {
                node.reached(Point.DELETE).get(BOUND_S, TimeUnit.SECONDS);
            }
            assertEquals(0, zinit.shutdown());
            assertNothingIsLeft();
        }
    }

    @Test
    void aShutdownWaitsForADeleteThatTakesLongerThanStopWould() throws Exception {
        node.onCall(Point.DELETE, () -> Thread.sleep(2000));
        try (Zinit zinit = zinit("--wait", "1h", "--timeout", "1m")) {
            Program daemon = zinit.start();
            node.awaitRunning();
            assertEquals(0, zinit.shutdown(), daemon::toString);
            assertEquals(Set.of(), node.left());
            assertEquals(List.of(), daemon.err());
        }
    }
}
