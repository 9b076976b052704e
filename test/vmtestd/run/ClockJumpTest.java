package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;
import vmtestd.time.TestClock;

/** The wall clock jumps; runs do not mind. */
class ClockJumpTest {
    private static final Duration HOURS = Duration.ofHours(5);

    @TempDir
    Path directory;

    @Test
    void neverRepeatsAnIdAndNeverFailsARun() throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("s"), null);
                Rig rig = new Rig(broker.url(), directory, Duration.ofSeconds(30))) {
            TestClock clock = TestClock.sleepless();
            Set<String> ids = new HashSet<>();
            for (Duration jump : List.of(Duration.ZERO, HOURS.negated(), HOURS, HOURS, HOURS.multipliedBy(-3), Duration.ZERO)) {
                clock.jump(jump);
                // And once more in the middle of the run.
                rig.sim.onCall(Point.DEPLOY, () -> clock.jump(jump.negated()));
                RunReport report = rig.run(SimNode.CONTAINER, clock);
                assertEquals("passed", Rig.verdict(report));
                ids.add(report.id());
            }
            assertEquals(6, ids.size());
            assertEquals(Set.of(), rig.left());
        }
    }

    @Test
    void aRunThatReachedNothingUsesUpItsIdToo() throws Exception {
        TestClock clock = TestClock.sleepless();
        Set<String> ids = new HashSet<>();
        String nobody = "unix://" + directory.resolve("nobody-listens");
        try (Rig rig = new Rig(nobody, directory, Duration.ofSeconds(30))) {
            for (int i = 0; i < 3; i++) {
                RunReport report = rig.run(SimNode.CONTAINER, clock);
                assertEquals("connect unreachable", Rig.verdict(report));
                ids.add(report.id());
            }
        }
        assertEquals(3, ids.size());
    }
}
