package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.sim.SimModule;
import vmtestd.sim.SimNode;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** vmd's Run waits for provisiond, flistd's Unmount for storaged: the failure names the one that keeps them. */
class DependencyTest extends RigTest {
    DependencyTest() {
        super(Duration.ofSeconds(1));
    }

    @Test
    void aRunThatWaitsForProvisiondSaysSo() throws Exception {
        rig.sim.provision.stop();
        CompletableFuture<Void> back = startOnceMissed("provision", rig.sim.provision);
        RunReport report = rig.run(SimNode.CONTAINER);
        back.join();
        assertFailed(report, Step.DEPLOY, "vmd did not answer Run within 1s: its worker has been busy with \\[manager@0\\.0\\.1]\\.Run\\(\\) "
                + "for \\S+s; it depends on provision, which is not running");
        assertEquals(Set.of(), rig.left());
    }

    @Test
    void anUnmountThatWaitsForStoragedSaysSo() throws Exception {
        rig.sim.storage.stop();
        CompletableFuture<Void> back = startOnceMissed("storage", rig.sim.storage);
        RunReport report = rig.run(SimNode.CONTAINER);
        back.join();
        assertFailed(report, Step.UNMOUNT, "flist did not answer Unmount within 1s: its worker has been busy with \\[flist@0\\.0\\.1]\\.Unmount\\(\\) "
                + "for \\S+s; it depends on storage, which is not running");
        assertEquals(Set.of(), rig.left());
    }

    private static void assertFailed(RunReport report, Step step, String detail) {
        Failure failed = assertInstanceOf(Failure.class, report.failure());
        assertEquals(step + " timeout", failed.step() + " " + failed.cause());
        assertTrue(failed.detail().matches(detail), failed.detail());
    }

    /** Starts a module when it was asked for its status, and the request has been cancelled. */
    private CompletableFuture<Void> startOnceMissed(String name, SimModule module) {
        return CompletableFuture.runAsync(() -> {
            Deadline deadline = Deadline.in(Clock.system(), Duration.ofSeconds(60));
            try (Connection connection = Connection.open(BrokerUrl.parse(broker.url()), deadline)) {
                for (long wanted = 1; wanted >= 0; wanted--) {
                    while (!connection.call(deadline, "LLEN", name + ".zbus@1.0").equals(new Reply.Int(wanted))) {
                        Thread.sleep(5);
                    }
                }
                module.start();
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }
}
