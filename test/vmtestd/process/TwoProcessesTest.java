package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Processes that share a root directory: one daemon, one run at a time, and no lock outlives its holder. */
class TwoProcessesTest extends NodeTest {
    private static final String TWO_RUNS = RunByHandTest.CONTAINER_CALLS + " " + RunByHandTest.CONTAINER_CALLS;

    @Test
    void aSecondDaemonNamesTheFirst() throws IOException, InterruptedException {
        try (Program first = start("--interval", "1h", "--wait", "0s")) {
            first.awaitLine("vm test passed");
            try (Program second = start("--interval", "1h", "--wait", "0s")) {
                assertEquals(3, second.awaitExit(), second::toString);
                assertEquals(List.of(), second.out());
                assertEquals(1, second.err().size(), second::toString);
                assertTrue(second.err().get(0).startsWith("vmtestd: --root " + directory.resolve("root") + ": process "
                        + first.pid() + " is the daemon of this directory; legal is "), second::toString);
            }
            assertEquals(RunByHandTest.CONTAINER_CALLS, node.callNames());
            end(first);
        }
    }

    @Test
    void runsOfTwoRootsInTheSameSecondUseTwoNames() throws IOException, InterruptedException {
        List<Program> both = new ArrayList<>();
        for (String root : List.of("first", "second")) {
            both.add(Program.start("--broker", broker.url(), "--root", directory.resolve(root).toString(), "--once", "--wait", "1s"));
        }
        try (Program first = both.get(0); Program second = both.get(1)) {
            assertEquals(0, first.awaitExit(), first::toString);
            assertEquals(0, second.awaitExit(), second::toString);
        }
        assertEquals(Set.of(), node.left());
        assertEquals(List.of(), node.violations());
    }

    @Test
    void aDaemonWhoseLockFileWasDeletedEndsOnceAnotherOneHasIt() throws IOException, InterruptedException {
        try (Program first = start("--interval", "3s", "--wait", "0s")) {
            first.awaitLine("vm test passed");
            Files.delete(directory.resolve("root/daemon.lock"));
            try (Program second = start("--interval", "1h", "--wait", "0s")) {
                second.awaitLine("vmtestd started");
                assertEquals(3, first.awaitExit(), first::toString);
                assertEquals(1, first.err().size(), first::toString);
                assertTrue(first.err().get(0).startsWith("vmtestd: --root " + directory.resolve("root") + ": process "
                        + second.pid() + " is the daemon of this directory; legal is "), first::toString);
                second.awaitLine("vm test passed");
                end(second);
            }
        }
        assertEquals(Set.of(), node.left());
    }

    @Test
    void aDaemonWhoseRootWasDeletedTakesItsLockAgain() throws IOException, InterruptedException {
        Path root = directory.resolve("root");
        try (Program first = start("--interval", "1s", "--wait", "0s")) {
            first.awaitLine("vm test passed");
            // The next run may be writing a file meanwhile.
            Files.move(root, directory.resolve("aside"));
            first.awaitLine(" warn daemon\\.lock was removed or replaced, and is taken again$");
            first.awaitLine("vm test passed");
            try (Program second = start("--interval", "1h", "--wait", "0s")) {
                assertEquals(3, second.awaitExit(), second::toString);
                assertTrue(second.err().get(0).contains(": process " + first.pid() + " is the daemon of this directory; "), second::toString);
            }
            end(first);
        }
    }

    @Test
    void aDaemonThatWasKilledIsNotInTheWay() throws IOException, InterruptedException {
        try (Program first = start("--interval", "1h", "--wait", "10m", "--debug")) {
            first.awaitLine(" step started step=wait$");
            first.signal("KILL");
            assertEquals(137, first.awaitExit(), first::toString);
        }
        try (Program second = start("--interval", "1h", "--wait", "0s")) {
            second.awaitLine("removed leftover test-vm-\\d{10}$");
            second.awaitLine("vm test passed");
            end(second);
        }
        assertEquals(Set.of(), node.left());
        assertEquals(List.of(), node.violations());
    }

    @Test
    void aRunByHandWaitsForTheDaemonsRun() throws IOException, InterruptedException {
        try (Program daemon = start("--interval", "1h", "--wait", "3s", "--debug")) {
            daemon.awaitLine(" step started step=wait$");
            try (Program once = start("--once", "--wait", "0s")) {
                once.awaitLine("^waiting for the run of process " + daemon.pid() + "$");
                assertEquals(0, once.awaitExit(), once::toString);
                once.awaitLine("^PASSED in ");
                assertEquals(List.of(), once.err());
            }
            daemon.awaitLine("vm test passed");
            end(daemon);
        }
        assertEquals(TWO_RUNS, node.callNames());
        assertEquals(Set.of(), node.left());
    }

    @Test
    void theDaemonWaitsForARunByHand() throws IOException, InterruptedException {
        try (Program once = start("--once", "--wait", "3s")) {
            once.awaitLine("^  ok deploy ");
            try (Program daemon = start("--interval", "1h", "--wait", "0s")) {
                daemon.awaitLine("^\\S+ warn waiting for the run of process " + once.pid() + "$");
                assertEquals(0, once.awaitExit(), once::toString);
                daemon.awaitLine("vm test passed");
                end(daemon);
            }
        }
        assertEquals(TWO_RUNS, node.callNames());
        assertEquals(Set.of(), node.left());
    }

    @Test
    void aDaemonThatWaitsForARunByHandStillEndsAtOnce() throws IOException, InterruptedException {
        try (Program once = start("--once", "--wait", "10m")) {
            once.awaitLine("^  ok deploy ");
            try (Program daemon = start("--interval", "1h", "--wait", "0s")) {
                daemon.awaitLine(" warn waiting for the run of process " + once.pid() + "$");
                end(daemon);
            }
            once.signal("TERM");
            assertEquals(1, once.awaitExit(), once::toString);
        }
        assertEquals(Set.of(), node.left());
    }

    private static void end(Program daemon) throws IOException, InterruptedException {
        daemon.signal("TERM");
        assertEquals(0, daemon.awaitExit(), daemon::toString);
        assertEquals(List.of(), daemon.err());
    }

    private Program start(String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of(
                "--broker", broker.url(), "--root", directory.resolve("root").toString(), "--timeout", "30s"));
        args.addAll(List.of(more));
        return Program.start(args.toArray(String[]::new));
    }
}
