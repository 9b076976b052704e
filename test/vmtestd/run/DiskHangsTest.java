package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.StopSignal;
import vmtestd.sim.SimNode;

/** The disk of the journal hangs from some step on: nothing new is deployed, and what is there is removed all the same. */
class DiskHangsTest extends RigTest {
    DiskHangsTest() {
        super(Duration.ofMinutes(1));
    }

    @BeforeEach
    void configure() {
        rig.disk = new Disk(Duration.ofMillis(300), new StopSignal());
    }

    @ParameterizedTest
    @CsvSource({
        "CONNECT, mount local-error, List",
        "MOUNT, mount local-error, List",
        "INSPECT, inspect local-error, List Mount Unmount Mounted",
        "DEPLOY, deploy local-error, List Mount Mount Unmount Mounted Unmount Mounted",
        "VERIFY, passed, List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted",
        "DELETE, passed, List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted",
        "UNMOUNT, passed, List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted"})
    void fromAStepOn(Step from, String verdict, String calls) throws Exception {
        rig.onStep = step -> {
            if (step == from) {
                hang();
            }
        };
        RunReport report = rig.run(SimNode.CONTAINER);
        assertEquals(verdict, Rig.verdict(report));
        assertEquals(calls, rig.calls());
        assertEquals(Set.of(), rig.sim.left());
        assertEquals(Set.of(), Set.copyOf(rig.sim.violations()));
        // What the journal holds too much does no harm, so a removal that cannot be written is only warned about.
        String words = report.passed() ? rig.notices.get(0) : report.failure().detail();
        assertTrue(words.contains("/journal has not finished "), words);
    }

    /** Opening a FIFO that nobody reads never returns. */
    private void hang() {
        try {
            assertEquals(0, new ProcessBuilder("mkfifo", rig.root.resolve("journal.new").toString()).inheritIO().start().waitFor());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
