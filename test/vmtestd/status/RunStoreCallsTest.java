package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Scenario;
import vmtestd.cleanup.StopSignal;
import vmtestd.report.Style;
import vmtestd.run.Step;
import vmtestd.time.Clock;
import vmtestd.zbus.CallListener.Call;
import vmtestd.zbus.MessageWriter;
import vmtestd.zbus.ZbusException;
import vmtestd.zbus.ZbusObject;

/** The calls of a failed run in the history. */
class RunStoreCallsTest {
    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");

    @TempDir
    private Path root;
    private RunStore store;

    @BeforeEach
    void open() {
        store = new RunStore(root, new Disk(Duration.ofMinutes(1), new StopSignal()), new Metrics("0", NOW, List.of(Scenario.BOOT)),
                Duration.ofMinutes(5), Duration.ofMinutes(20), List.of(Scenario.BOOT), Clock.system(), words -> { });
    }

    @Test
    void areOneLineEach() throws IOException {
        store.runStarted();
        call("List", new MessageWriter().array(1).string("a\nb").toBytes(), null);
        call("", null, null);
        call("Run", null, new ZbusException(ZbusException.Kind.REMOTE_ERROR, true, "no space: " + "x".repeat(200)));
        store.runEnded(PastRuns.failed(NOW, Step.DEPLOY, Cause.REMOTE_ERROR, "words"));
        String text = failure();
        assertTrue(text.contains("\nits last calls:\n| vmd.List 20ms [\"a\\nb\"]\n| vmd.status 20ms done\n| vmd.Run 20ms failed: no space: xxxx"), text);
    }

    @Test
    void areTheLastOfThatRun() throws IOException {
        store.runStarted();
        call("OfAnEarlierRun", null, null);
        store.runEnded(PastRuns.passed(NOW));
        store.runStarted();
        for (int i = 0; i < 50; i++) {
            call("Call" + i, null, null);
        }
        store.runEnded(PastRuns.failed(NOW, Step.DEPLOY, Cause.REMOTE_ERROR, "words"));
        List<String> calls = failure().lines().filter(line -> line.startsWith("| ")).toList();
        assertEquals(40, calls.size());
        assertEquals("| vmd.Call10 20ms done", calls.get(0));
    }

    @Test
    void areNotKeptOfOtherRuns() throws IOException {
        store.runStarted();
        call("List", null, null);
        store.runEnded(PastRuns.passed(NOW));
        assertFalse(Status.read(root, NOW).json(null).contains("vmd.List"));
    }

    private void call(String method, byte[] result, ZbusException failure) {
        store.callEnded(new Call(new ZbusObject("vmd", "manager", "0.0.1"), method, List.of(), Duration.ofMillis(20), result, failure));
    }

    private String failure() throws IOException {
        return Status.read(root, NOW).failure("last", false, Style.PLAIN);
    }
}
