package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.run.Step;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;
import vmtestd.status.PastRuns;

/** One run by hand, and what else a person at a shell does with the program. */
class RunByHandTest {
    /** What a run of a container, which brings no kernel, asks the node for. */
    static final String CONTAINER_CALLS = "vmd.List flist.Mount flist.Mount vmd.Run vmd.Exists vmd.Inspect "
            + "vmd.Delete vmd.Exists flist.Unmount flist.Exists flist.Unmount flist.Exists";
    private static final List<String> STEPS = PastRuns.STEPS.stream().map(Step::toString).toList();

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-help", "-h", "--h", "--help=true"})
    void helpListsTheFlags(String flag) throws IOException, InterruptedException {
        try (Program program = Program.start(flag)) {
            assertEquals(0, program.awaitExit());
            assertEquals(List.of(), program.err());
            String text = String.join("\n", program.out());
            for (String name : List.of("root", "broker", "interval", "flist", "kernel-flist", "name-prefix", "cpu", "memory",
                    "wait", "timeout", "debug", "once", "version", "help")) {
                assertTrue(text.contains("\n  --" + name + " "), name + " in:\n" + text);
            }
            assertTrue(text.contains("Exit status: 0 good, 1 the test failed, 2 wrong usage, 3 could not start or say."), text);
        }
    }

    @Test
    void aRunPasses() throws IOException, InterruptedException {
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("redis.sock"), null)) {
            assertRunPasses(broker.url());
        }
    }

    @Test
    void aRunPassesOverARealRedis() throws IOException, InterruptedException {
        try (RealRedis redis = new RealRedis(directory)) {
            assertRunPasses(redis.url());
        }
    }

    @Test
    void aRunPassesWithAPasswordAndDoesNotShowIt() throws IOException, InterruptedException {
        Path socket = directory.resolve("redis.sock");
        try (EmbeddedBroker broker = new EmbeddedBroker(socket, "hunter2")) {
            assertTrue(broker.url().endsWith(socket.toString()), broker.url());
            assertRunPasses("unix://hunter2@" + socket);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--once", "--check", "--sweep"})
    void theHostOfAUnixUrlIsIgnoredWithAWarning(String mode) throws IOException, InterruptedException {
        Path socket = directory.resolve("redis.sock");
        try (EmbeddedBroker broker = new EmbeddedBroker(socket, null); SimNode node = new SimNode(broker.url(), directory);
                Program program = Program.start("--broker", "UNIX://localhost" + socket,
                        "--root", directory.resolve("root").toString(), mode,
                        "--wait", "0s", "--timeout", "30s")) {
            assertEquals(0, program.awaitExit(), program::toString);
            assertEquals(List.of("vmtestd: --broker: the rest of the URL is ignored, the broker is unix://" + socket), program.err());
            assertEquals(Set.of(), node.left());
        }
    }

    private void assertRunPasses(String broker) throws IOException, InterruptedException {
        try (SimNode node = new SimNode(broker, directory); Program program = once(broker)) {
            assertEquals(0, program.awaitExit(), program::toString);
            assertEquals(List.of(), program.err());
            List<String> out = program.out();
            assertEquals(STEPS.size() + 2, out.size(), program::toString);
            assertTrue(out.get(0).matches("test VM test-vm-\\d{10}"), out.get(0));
            for (int i = 0; i < STEPS.size(); i++) {
                String line = out.get(i + 1);
                assertTrue(line.matches("  ok " + STEPS.get(i) + " +\\d+\\.\\d\\d s( .*)?"), line);
            }
            assertTrue(out.get(STEPS.size() + 1).matches("PASSED in \\d+\\.\\d\\d s \\(the guest's boot was not observed\\)"), out.get(STEPS.size() + 1));
            assertTrue(out.stream().noneMatch(line -> line.contains("hunter2")), program::toString);
            assertEquals(CONTAINER_CALLS, node.callNames());
            assertEquals(Set.of(), node.left());
            assertEquals(List.of(), node.violations());
        }
    }

    @Test
    void aRunIsComparedWithThoseOfTheDaemon() throws IOException, InterruptedException {
        PastRuns.of("...", Duration.ofMinutes(5), Instant.now(), "").writeTo(directory.resolve("root"));
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("redis.sock"), null);
                SimNode node = new SimNode(broker.url(), directory); Program program = once(broker.url())) {
            assertEquals(0, program.awaitExit(), program::toString);
            for (int i = 0; i < STEPS.size(); i++) {
                String line = program.out().get(i + 1);
                assertTrue(line.matches("  ok " + STEPS.get(i) + " +\\d+\\.\\d\\d s  \\(usually 1\\.00 s\\)( .*)?"), line);
            }
            assertEquals(Set.of(), node.left());
        }
    }

    @Test
    void aFailedRunShowsStepCauseAndRemoteWords() throws IOException, InterruptedException {
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("redis.sock"), null);
                SimNode node = new SimNode(broker.url(), directory)) {
            node.inject(Point.DEPLOY, Fault.ERROR);
            try (Program program = once(broker.url())) {
                assertEquals(1, program.awaitExit(), program::toString);
                assertEquals(List.of(), program.err());
                program.awaitLine("^  !! deploy +\\d+\\.\\d\\d s  remote-error: .*injected error of vmd");
                program.awaitLine("^  ok delete +\\d+\\.\\d\\d s");
                program.awaitLine("^  ok unmount +\\d+\\.\\d\\d s");
                program.awaitLine("^FAILED at deploy \\(remote-error\\) after \\d+\\.\\d\\d s$");
                program.awaitLine("^  .*injected error of vmd");
            }
            assertEquals(Set.of(), node.left());
            assertEquals(List.of(), node.violations());
        }
    }

    @Test
    void aVmThatDiedShowsItsConsole() throws IOException, InterruptedException {
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("redis.sock"), null);
                SimNode node = new SimNode(broker.url(), directory)) {
            node.inject(Point.DEPLOY, Fault.VM_DIES);
            try (Program program = once(broker.url())) {
                assertEquals(1, program.awaitExit(), program::toString);
                assertEquals(List.of(), program.err());
                program.awaitLine("^  !! verify +\\d+\\.\\d\\d s  vm-died: ");
                program.awaitLine("^FAILED at verify \\(vm-died\\) after ");
                program.awaitLine("^  The VM was started, but did not keep running\\.$");
                program.awaitLine("^  \\| .*Kernel panic - not syncing");
                program.awaitLine("^  cleanup: nothing is left on the node$");
                program.awaitLine("^  next: .*zinit log vmd");
            }
            assertEquals(Set.of(), node.left());
        }
    }

    @Test
    void withoutABrokerTheRunFailsToConnect() throws IOException, InterruptedException {
        try (Program program = once("unix://" + directory.resolve("none.sock"))) {
            assertEquals(1, program.awaitExit(), program::toString);
            assertEquals(List.of(), program.err());
            program.awaitLine("^  !! connect +\\d+\\.\\d\\d s  unreachable: .*none\\.sock: No such file or directory");
            program.awaitLine("^FAILED at connect \\(unreachable\\) after ");
        }
    }

    @Test
    void ctrlCCleansUp() throws IOException, InterruptedException {
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("redis.sock"), null);
                SimNode node = new SimNode(broker.url(), directory);
                Program program = Program.start("--once", "--broker", broker.url(), "--root", directory.resolve("root").toString(),
                        "--wait", "60s")) {
            program.awaitLine("^  ok boot ");
            assertEquals(SimNode.FOREIGN.size() + 1, node.vmd().running().size());
            program.signal("INT");
            assertEquals(1, program.awaitExit(), program::toString);
            program.awaitLine("^  !! wait +\\d+\\.\\d\\d s  interrupted: ");
            program.awaitLine("^FAILED at wait \\(interrupted\\) after ");
            assertEquals(List.of(), program.err());
            assertTrue(node.callNames().contains("vmd.Delete"), node.callNames());
            assertEquals(Set.of(), node.left());
            assertEquals(List.of(), node.violations());
        }
    }

    private Program once(String broker) throws IOException {
        return Program.start("--once", "--broker", broker, "--root", directory.resolve("root").toString(), "--wait", "100ms",
                "--timeout", "30s");
    }
}
