package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/** The process is stopped (SIGSTOP) while a module answers, for longer than the call may take: the run passes. */
class StoppedProcessTest {
    private static final Set<Point> POINTS = EnumSet.of(
            Point.LIST, Point.DEPLOY, Point.VERIFY_INSPECT, Point.DELETE, Point.DELETE_CONFIRM, Point.UNMOUNT_CONFIRM);

    @TempDir
    private Path folder;

    /** As when the whole node is paused. */
    @Test
    void theModulesAnswerOnceItRunsAgain() throws IOException, InterruptedException {
        runPasses(program -> {
            program.signal("STOP");
            Thread.sleep(3_000);
            program.signal("CONT");
        });
    }

    /** By then the broker, which does not know of the stop, has given its BLPOP up. */
    @Test
    void theModulesAnswerWhileItIsStopped() throws IOException, InterruptedException {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try {
            runPasses(program -> {
                program.signal("STOP");
                timer.schedule(() -> {
                    program.signal("CONT");
                    return null;
                }, 4_000, TimeUnit.MILLISECONDS);
                Thread.sleep(3_500);
            });
        } finally {
            timer.shutdownNow();
        }
    }

    private interface Stop {
        void around(Program program) throws IOException, InterruptedException;
    }

    private void runPasses(Stop stop) throws IOException, InterruptedException {
        try (RealRedis redis = new RealRedis(folder); SimNode node = new SimNode(redis.url(), folder)) {
            Program[] program = new Program[1];
            for (Point point : POINTS) {
                node.onCall(point, () -> {
                    try {
                        stop.around(program[0]);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
            }
            program[0] = Program.start("--broker", redis.url(), "--root", folder.resolve("root").toString(), "--once",
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
