package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/** The process is stopped (SIGSTOP) while a module answers, for longer than the call may take: the run passes. */
class StoppedProcessTest {
    /** Two runs share the points, since they mostly wait. */
    private static final List<Set<Point>> POINTS = List.of(
            EnumSet.of(Point.LIST, Point.DEPLOY, Point.VERIFY_INSPECT), EnumSet.of(Point.DELETE, Point.DELETE_CONFIRM, Point.UNMOUNT_CONFIRM));

    @TestFactory
    Stream<DynamicTest> aRunPasses(@TempDir Path directory) throws IOException {
        AtOnce tests = new AtOnce(directory);
        for (Set<Point> points : POINTS) {
            tests.begin("the modules answer once it runs again: " + points, home -> runPasses(home, points, StoppedProcessTest::pause));
            tests.begin("the modules answer while it is stopped: " + points, home -> runPasses(home, points, StoppedProcessTest::pauseForLonger));
        }
        return tests.tests();
    }

    /** As when the whole node is paused. */
    private static void pause(Program program) throws IOException, InterruptedException {
        program.signal("STOP");
        Thread.sleep(3_000);
        program.signal("CONT");
    }

    /** By the time of the answer the broker, which does not know of the stop, has given up its BLPOP. */
    private static void pauseForLonger(Program program) throws IOException, InterruptedException {
        program.signal("STOP");
        new Thread(() -> {
            try {
                Thread.sleep(4_000);
                program.signal("CONT");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }).start();
        Thread.sleep(3_500);
    }

    private interface Stop {
        void around(Program program) throws IOException, InterruptedException;
    }

    private static void runPasses(Path directory, Set<Point> points, Stop stop) throws IOException, InterruptedException {
        try (RealRedis redis = new RealRedis(directory); SimNode node = new SimNode(redis.url(), directory)) {
            Program[] program = new Program[1];
            for (Point point : points) {
                node.onCall(point, () -> {
                    try {
                        stop.around(program[0]);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
            }
            program[0] = Program.start("--broker", redis.url(), "--root", directory.resolve("root").toString(), "--once",
                    "--wait", "0s", "--timeout", "2s");
            try (Program run = program[0]) {
                assertEquals(0, run.awaitExit(), run::toString);
                assertTrue(run.out().stream().anyMatch(line -> line.startsWith("PASSED in ")), run::toString);
                assertEquals(List.of(Program.SHORT_TIMEOUT), run.err());
            }
            assertEquals(RunByHandTest.CONTAINER_CALLS, node.callNames());
            assertEquals(Set.of(), node.left());
            assertEquals(List.of(), node.violations());
        }
    }
}
