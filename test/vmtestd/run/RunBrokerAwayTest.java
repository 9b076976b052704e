package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.process.RealRedis;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/** A real Redis goes away at every call of a run, and comes back: the verdict, and the run after it. */
class RunBrokerAwayTest {
    /** What becomes of the broker. */
    private enum Event {
        /** Killed, and another one on the same socket, which knows nothing of the queues. */
        REPLACED,
        /** Stopped in an orderly way, which removes the socket; another one a while later. */
        STOPPED,
        /** SIGSTOP, and SIGCONT a while later. */
        HUNG
    }

    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    /** Longer than a call and its take-back wait together. */
    private static final long AWAY_MS = 8_000;

    private record Outcome(String verdict, String next, Set<String> left) {}

    /** Most of a case is the broker's absence. */
    private static final ExecutorService POOL = Executors.newFixedThreadPool(24);
    private static final Map<String, Future<Outcome>> OUTCOMES = new LinkedHashMap<>();
    private static final Map<String, Step> STEPS = new LinkedHashMap<>();

    @TempDir
    static Path directory;

    @BeforeAll
    static void begin() {
        for (Event event : Event.values()) {
            for (Point point : Point.values()) {
                if (point.isInShortRun()) {
                    String name = event + " at " + point;
                    STEPS.put(name, point.step());
                    OUTCOMES.put(name, POOL.submit(() -> run(event, point)));
                }
            }
        }
    }

    @AfterAll
    static void end() {
        POOL.shutdownNow();
    }

    @TestFactory
    Stream<DynamicTest> failsTheRunWithItsCauseAndTheNextOneIsGood() {
        return OUTCOMES.keySet().stream().map(name -> DynamicTest.dynamicTest(name, () ->
                assertEquals(new Outcome(STEPS.get(name) + " unreachable", "passed", Set.of()),
                        OUTCOMES.get(name).get(3, TimeUnit.MINUTES))));
    }

    private static Outcome run(Event event, Point point) throws Exception {
        Path home = Files.createTempDirectory(directory, "b");
        Broker broker = new Broker(home);
        try (Rig rig = new Rig(broker.redis.url(), home, TIMEOUT)) {
            rig.sim.onCall(point, () -> broker.suffer(event));
            String verdict = Rig.verdict(rig.run(SimNode.CONTAINER));
            broker.back.join();
            rig.sim.awaitIdle();
            String next = Rig.verdict(rig.run(SimNode.CONTAINER));
            return new Outcome(verdict, next, rig.left());
        } finally {
            broker.redis.close();
        }
    }

    /** A broker that goes away, and is back by itself. */
    private static final class Broker {
        private final Path home;
        private volatile RealRedis redis;
        private Thread back = new Thread(() -> { });

        Broker(Path home) throws IOException, InterruptedException {
            this.home = home;
            redis = new RealRedis(home);
        }

        void suffer(Event event) throws IOException, InterruptedException {
            switch (event) {
                case REPLACED -> {
                    redis.kill();
                    restart();
                }
                case STOPPED -> {
                    redis.stop();
                    comeBack(this::restart);
                }
                case HUNG -> {
                    redis.signal("STOP");
                    comeBack(() -> redis.signal("CONT"));
                }
            }
        }

        private void comeBack(SimNode.Action how) {
            back = new Thread(() -> {
                try {
                    // How long it is away is what is tested.
                    Thread.sleep(AWAY_MS);
                    how.run();
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            back.start();
        }

        private void restart() throws IOException, InterruptedException {
            redis = new RealRedis(home);
        }
    }
}
