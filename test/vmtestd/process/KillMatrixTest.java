package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/**
 * The process dies at every call of a run, over a real Redis: by SIGKILL, and by SIGTERM with SIGKILL
 * 500 ms behind it, as zinit stops a service. After the next start nothing is left.
 */
class KillMatrixTest {
    private enum Death { KILL, TERM_THEN_KILL }

    /** How zinit does it. */
    private static final long GRACE_MS = 500;
    private static final long BOUND_S = 60;

    /**
     * @param afterDeath the VMs on the node that are ours, when vmd has worked off its queue
     * @param afterStart what is left when the next start has done its run
     */
    private record Outcome(List<String> afterDeath, int status, Set<String> afterStart, List<String> violations) {}

    private static final ExecutorService KILLS = Executors.newFixedThreadPool(3);
    /** One at a time, after the others: while they start, 500 ms may be over before a process has run at all. */
    private static final ExecutorService TERMS = Executors.newSingleThreadExecutor();
    private static final Map<String, Future<Outcome>> OUTCOMES = new LinkedHashMap<>();

    @TempDir
    static Path directory;

    @BeforeAll
    static void begin() {
        TERMS.submit(() -> KILLS.awaitTermination(5, TimeUnit.MINUTES));
        for (Death death : Death.values()) {
            ExecutorService pool = death == Death.KILL ? KILLS : TERMS;
            for (Point point : Point.values()) {
                if (point != Point.LOGS && point != Point.WAIT) {
                    OUTCOMES.put(death + " at " + point, pool.submit(() -> die(death, point, null)));
                }
            }
            OUTCOMES.put(death + " while the VM lives", pool.submit(() -> die(death, null, null)));
            OUTCOMES.put(death + " while vmd has not taken Run", pool.submit(() -> die(death, Point.DEPLOY, Fault.DOWN)));
            OUTCOMES.put(death + " while flistd has not taken Mount", pool.submit(() -> die(death, Point.MOUNT, Fault.DOWN)));
            OUTCOMES.put(death + " while Run is not answered", pool.submit(() -> die(death, Point.DEPLOY, Fault.NO_ANSWER)));
            OUTCOMES.put(death + " while Delete does nothing", pool.submit(() -> die(death, Point.DELETE, Fault.DOES_NOTHING)));
        }
        KILLS.shutdown();
    }

    @AfterAll
    static void end() {
        KILLS.shutdownNow();
        TERMS.shutdownNow();
    }

    @TestFactory
    Stream<DynamicTest> leavesNothing() {
        return OUTCOMES.keySet().stream().map(name -> DynamicTest.dynamicTest(name, () -> {
            Outcome outcome = OUTCOMES.get(name).get(5, TimeUnit.MINUTES);
            assertEquals(List.of(), outcome.violations, "what must never happen");
            if (name.startsWith("TERM")) {
                assertEquals(List.of(), outcome.afterDeath, "VMs when vmd has worked off its queue");
            }
            assertEquals(0, outcome.status, "exit status of the next start");
            assertEquals(Set.of(), outcome.afterStart);
        }));
    }

    private static Outcome die(Death death, Point point, Fault fault) throws Exception {
        Path home = Files.createTempDirectory(directory, "k");
        try (RealRedis redis = new RealRedis(home); SimNode node = new SimNode(redis.url(), home)) {
            if (fault != null) {
                node.inject(point, fault);
            }
            CountDownLatch told = new CountDownLatch(1);
            CompletableFuture<?> reached = point == null || fault != null
                    ? node.reached(point == null ? Point.DEPLOY : point) : holdAt(point, told, node);
            try (Program program = start(redis, home, point, point == null ? "30s" : "0s")) {
                reached.get(BOUND_S, TimeUnit.SECONDS);
                if (point == null) {
                    node.awaitRunning();
                }
                if (death == Death.TERM_THEN_KILL) {
                    program.signal("TERM");
                    told.countDown();
                    Thread.sleep(GRACE_MS);
                }
                // Leaving this block kills it, where it has not ended by itself.
            }
            told.countDown();
            node.bringUp();
            node.awaitIdle();
            if (death == Death.TERM_THEN_KILL && fault == Fault.DOWN) {
                assertEquals(0, node.calls().stream().filter(call -> call.module().equals(point == Point.MOUNT ? "flist" : "vmd")
                        && call.method().equals(point == Point.MOUNT ? "Mount" : "Run")).count(), "taken back, so never run");
            }
            List<String> afterDeath = ours(node);
            try (Program next = start(redis, home, null, "0s")) {
                int status = next.awaitExit();
                node.awaitIdle();
                return new Outcome(afterDeath, status, withoutReplies(node.left()), node.violations());
            }
        }
    }

    /** Keeps a module from answering at this point until then: the process must still be there to be told. */
    private static CompletableFuture<?> holdAt(Point point, CountDownLatch until, SimNode node) {
        CompletableFuture<Void> reached = new CompletableFuture<>();
        node.onCall(point, () -> {
            reached.complete(null);
            if (!until.await(BOUND_S, TimeUnit.SECONDS)) {
                throw new IOException("nobody was told");
            }
        });
        return reached;
    }

    /** Only a disk image's flist is mounted a second time. */
    private static String flist(Point point) {
        return point == Point.INSPECT_DISK ? SimNode.DISK_ONLY : SimNode.CONTAINER;
    }

    private static Program start(RealRedis redis, Path home, Point point, String wait) throws IOException {
        List<String> command = new ArrayList<>(List.of("--once", "--flist", flist(point), "--broker", redis.url(),
                "--root", home.resolve("root").toString(), "--wait", wait));
        if (point != null && point.needsPeripherals()) {
            command.addAll(List.of("--scenario", "storage+network", "--procfs", home.resolve("proc").toString()));
        }
        return Program.start(command.toArray(String[]::new));
    }

    private static List<String> ours(SimNode node) {
        List<String> names = new ArrayList<>(node.vmd().running());
        names.removeAll(SimNode.FOREIGN);
        return names;
    }

    /** A reply to a process that was killed goes to a list that only it knew; Redis drops it after five minutes. */
    private static Set<String> withoutReplies(Set<String> left) {
        return left.stream().filter(name -> !name.matches("key [0-9a-f-]{36}")).collect(Collectors.toSet());
    }
}
