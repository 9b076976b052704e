package vmtestd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.cleanup.StopSignal;
import vmtestd.process.Program;
import vmtestd.report.Log;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.time.TestClock;

/** The lock of a daemon that another process holds when it starts. That it stops waiting in the end is tested with processes. */
class DaemonLockTest {
    @Test
    void aLockThatIsHeldForAMomentDoesNotFailTheStart(@TempDir Path directory) throws Exception {
        String root = directory.resolve("root").toString();
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("s"), null);
                Program holder = Program.start("--broker", broker.url(), "--root", root, "--interval", "1h")) {
            holder.awaitLine("vmtestd started");
            StopSignal stop = new StopSignal();
            List<Duration> sleeps = new ArrayList<>();
            TestClock clock = TestClock.stopped(Instant.EPOCH, 0);
            clock.onSleep(duration -> {
                sleeps.add(duration);
                try {
                    holder.signal("KILL");
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
                holder.awaitExit();
                stop.request();
            });
            ByteArrayOutputStream log = new ByteArrayOutputStream();
            Options options = Options.parse("--broker", broker.url(), "--root", root);
            new Daemon(options, Log.to(new PrintStream(log), false), clock, stop, Duration.ZERO).run();
            assertEquals(1, sleeps.size());
            assertTrue(log.toString().contains("vmtestd stopped"), log::toString);
        }
    }
}
