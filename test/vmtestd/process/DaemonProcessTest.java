package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.run.Step;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Fault;
import vmtestd.sim.Flist;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;
import vmtestd.status.PastRuns;

/** The daemon, from its start to its end, on a node that is well and on one that is not. */
class DaemonProcessTest {
    private static final String TOOK = "(\\d+ms|\\d+(\\.\\d)?s|0s)";
    /** The one line of a run that passed. */
    private static final String PASSED = "^\\S+ info vm test passed id=test-vm-\\d{10} took=" + TOOK
            + PastRuns.STEPS.stream().filter(step -> step != Step.BOOT).map(step -> " " + step + "=" + TOOK).collect(Collectors.joining()) + " scenario=boot$";

    private static final String UNREACHABLE = "^\\S+ error vm test failed step=connect cause=unreachable id=test-vm-\\d{10} took=" + TOOK
            + " detail=\".*/redis\\.sock: No such file or directory\" scenario=boot$";

    @TempDir
    private Path directory;

    @Test
    void eachRunIsOneLine() throws IOException, InterruptedException {
        try (EmbeddedBroker broker = broker(null); SimNode node = new SimNode(broker.url(), directory);
                Program daemon = daemon(broker.url(), "--interval", "1s")) {
            daemon.awaitLine("^\\S+ info vmtestd started version=\\S+ broker=" + broker.url() + " interval=1s flist=\\S+$");
            List<String> runs = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                runs.add(daemon.awaitLine("vm test passed"));
            }
            daemon.signal("TERM");
            assertEquals(0, daemon.awaitExit(), daemon::toString);
            assertEquals(List.of(), daemon.err());
            runs.forEach(line -> assertTrue(line.matches(PASSED), line));
            assertEquals(3, runs.stream().map(line -> line.replaceAll(".* id=(\\S+) .*", "$1")).distinct().count(), runs::toString);
            assertLogged(daemon);
            assertLastLine("vmtestd stopped", daemon);
            // Not a line more, unless the machine is too slow for a run a second; a fourth run may have begun.
            List<String> lines = daemon.out().stream().filter(line -> !line.contains(" the run outlasted the interval ")
                    && !line.contains(Program.NOT_OBSERVED)).toList();
            assertEquals(runs, lines.subList(1, 4));
            assertEquals(Set.of(), node.left());
            assertEquals(List.of(), node.violations());
        }
    }

    @Test
    void scenariosAreTakenInTurn() throws IOException, InterruptedException {
        try (EmbeddedBroker broker = broker(null); SimNode node = new SimNode(broker.url(), directory);
                Program daemon = daemon(broker.url(), "--interval", "1s", "--scenario", "boot,network,storage", "--procfs", directory + "/proc")) {
            for (String scenario : List.of("boot", "network", "storage", "boot")) {
                String line = daemon.awaitLine(" vm test ");
                assertTrue(line.endsWith(" scenario=" + scenario), line);
                assertEquals(scenario.equals("storage"), line.contains(" storage="), line);
            }
            daemon.signal("TERM");
            assertEquals(0, daemon.awaitExit(), daemon::toString);
            assertEquals(Set.of(), node.left());
            assertEquals(List.of(), node.violations());
        }
    }

    @Test
    void withDebugEachStepIsLogged() throws IOException, InterruptedException {
        try (EmbeddedBroker broker = broker("hunter2"); SimNode node = new SimNode(withPassword("hunter2", broker), directory);
                Program daemon = daemon(withPassword("hunter2", broker), "--interval", "1h", "--debug")) {
            daemon.awaitLine("^\\S+ debug vm test started id=test-vm-\\d{10}$");
            for (Step step : PastRuns.STEPS) {
                daemon.awaitLine("^\\S+ debug step started step=" + step + "$");
                daemon.awaitLine("^\\S+ debug step done step=" + step + " took=" + TOOK + " note=.*$");
            }
            assertTrue(daemon.awaitLine("vm test passed").matches(PASSED), daemon::toString);
            daemon.signal("TERM");
            assertEquals(0, daemon.awaitExit(), daemon::toString);
            assertEquals(List.of(), daemon.err());
            assertLogged(daemon);
            assertTrue(daemon.out().stream().noneMatch(line -> line.contains("hunter2")), daemon::toString);
            assertEquals(RunByHandTest.CONTAINER_CALLS, node.callNames());
        }
    }

    @Test
    void withDebugEachCallIsOneLineWithoutPasswords() throws IOException, InterruptedException {
        String flist = SimNode.CONTAINER.replace("https://", "https://me:hunter2@");
        try (EmbeddedBroker broker = broker("hunter2"); SimNode node = new SimNode(withPassword("hunter2", broker), directory)) {
            node.flistd().publish(flist, Flist.container());
            node.inject(Point.DELETE, Fault.ERROR);
            try (Program daemon = daemon(withPassword("hunter2", broker), "--interval", "1h", "--debug", "--flist", flist)) {
                String call = "^\\S+ debug call queue=";
                daemon.awaitLine(call + "vmd\\.manager@0\\.0\\.1 method=List arguments=\"\" took=" + TOOK + " reply=\"\\[.*12-345-vm.*]\"$");
                daemon.awaitLine(call + "flist\\.flist@0\\.0\\.1 method=Mount arguments=.*test-vm-\\d{10}.*https://\\*\\*\\*@hub.*ReadOnly.* took=.* reply=.*mountpoint");
                daemon.awaitLine(call + "vmd\\.manager@0\\.0\\.1 method=Run arguments=.*NoKeepAlive.* took=.* reply=");
                daemon.awaitLine(call + "vmd\\.manager@0\\.0\\.1 method=Delete .* failure=\".*injected error of vmd\"$");
                daemon.awaitLine(call + "zui\\.zui@0\\.0\\.1 method=PushErrors .* reply=done$");
                daemon.signal("TERM");
                assertEquals(0, daemon.awaitExit(), daemon::toString);
                assertLogged(daemon);
                assertFalse(String.join("", daemon.out()).contains("hunter2"), daemon::toString);
            }
        }
    }

    @Test
    void aFailedRunIsAnErrorAndTheNextOnePasses() throws IOException, InterruptedException {
        try (EmbeddedBroker broker = broker(null); SimNode node = new SimNode(broker.url(), directory)) {
            node.inject(Point.DEPLOY, Fault.MALFORMED);
            node.inject(Point.MOUNT, Fault.PANIC);
            try (Program daemon = daemon(broker.url(), "--interval", "1s")) {
                daemon.awaitLine("^\\S+ error vm test failed step=mount cause=protocol-error id=test-vm-\\d{10} took="
                        + TOOK + " detail=\".*panic: injected into flist.*\" scenario=boot$");
                daemon.awaitLine("^\\S+ error vm test failed step=deploy cause=protocol-error id=test-vm-\\d{10} ");
                daemon.awaitLine("vm test passed");
                daemon.signal("TERM");
                assertEquals(0, daemon.awaitExit(), daemon::toString);
                assertEquals(List.of(), daemon.err());
                assertLogged(daemon);
            }
            assertEquals(Set.of(), node.left());
            assertEquals(List.of(), node.violations());
        }
    }

    @Test
    void itOutlivesItsBroker() throws IOException, InterruptedException {
        EmbeddedBroker first = broker(null);
        try (first; SimNode node = new SimNode(first.url(), directory); Program daemon = daemon(first.url(), "--interval", "2s")) {
            daemon.awaitLine("vm test passed");
            first.close();
            daemon.awaitLine(UNREACHABLE);
            try (EmbeddedBroker second = broker(null)) {
                assertEquals(first.url(), second.url());
                assertPassesAgain(daemon, node);
            }
        }
    }

    @Test
    void itOutlivesARealRedis() throws IOException, InterruptedException {
        try (RealRedis first = new RealRedis(directory); SimNode node = new SimNode(first.url(), directory);
                Program daemon = daemon(first.url(), "--interval", "2s")) {
            daemon.awaitLine("vm test passed");
            first.stop();
            daemon.awaitLine(UNREACHABLE);
            try (RealRedis second = new RealRedis(directory)) {
                assertNotEquals(first.pid(), second.pid());
                assertPassesAgain(daemon, node);
            }
        }
    }

    private static void assertPassesAgain(Program daemon, SimNode node) throws IOException, InterruptedException {
        daemon.awaitLine("vm test passed");
        daemon.signal("TERM");
        assertEquals(0, daemon.awaitExit(), daemon::toString);
        assertEquals(List.of(), daemon.err());
        assertLogged(daemon);
        assertEquals(Set.of(), node.left());
        assertEquals(List.of(), node.violations());
    }

    @Test
    void withoutABrokerItDoesNotStart() throws IOException, InterruptedException {
        Path socket = directory.resolve("none.sock");
        try (Program daemon = daemon("unix://" + socket)) {
            assertCouldNotStart(daemon, "vmtestd: --broker unix://" + socket + ": cannot connect to ");
        }
        // A server that is dead has left its socket there.
        try (RealRedis redis = new RealRedis(directory)) {
            redis.kill();
            assertTrue(Files.exists(directory.resolve("redis.sock")));
            try (Program daemon = daemon(redis.url())) {
                assertCouldNotStart(daemon, "vmtestd: --broker " + redis.url() + ": cannot connect to ");
            }
        }
    }

    @Test
    void itWarnsOfAHostInAUnixUrlEvenIfItDoesNotStart() throws IOException, InterruptedException {
        Path socket = directory.resolve("none.sock");
        try (Program daemon = daemon("unix://hunter2@var" + socket)) {
            assertEquals(3, daemon.awaitExit(), daemon::toString);
            daemon.awaitLine("^\\S+ warn --broker: the rest of the URL is ignored, the broker is unix://" + socket + "$");
            assertFalse(daemon.toString().contains("hunter2"), daemon::toString);
        }
    }

    @Test
    void withAWrongPasswordItDoesNotStart() throws IOException, InterruptedException {
        try (EmbeddedBroker broker = broker("right")) {
            String start = "vmtestd: --broker " + broker.url() + ": " + broker.url();
            try (Program daemon = daemon(withPassword("hunter2", broker))) {
                assertCouldNotStart(daemon, start + " refused AUTH: WRONGPASS ");
            }
            try (Program daemon = daemon(broker.url())) {
                assertCouldNotStart(daemon, start + " refused PING: NOAUTH ");
            }
        }
    }

    private static void assertCouldNotStart(Program daemon, String words) throws InterruptedException {
        assertEquals(3, daemon.awaitExit(), daemon::toString);
        assertEquals(List.of(), daemon.out());
        assertEquals(1, daemon.err().size(), daemon::toString);
        assertTrue(daemon.err().get(0).startsWith(words), daemon::toString);
        assertFalse(daemon.toString().contains("hunter2"), daemon::toString);
    }

    /** Every line as ZOS has its log: a time, a level that vector knows, and words. */
    private static void assertLogged(Program daemon) {
        for (String line : daemon.out()) {
            assertTrue(line.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ (debug|info|warn|error) \\S.*"), line);
            Instant.parse(line.substring(0, line.indexOf(' ')));
        }
    }

    private static void assertLastLine(String words, Program daemon) {
        List<String> out = daemon.out();
        assertTrue(out.get(out.size() - 1).endsWith(" info " + words), daemon::toString);
    }

    private EmbeddedBroker broker(String password) throws IOException {
        return new EmbeddedBroker(directory.resolve("redis.sock"), password);
    }

    private static String withPassword(String password, EmbeddedBroker broker) {
        return broker.url().replace("unix://", "unix://" + password + "@");
    }

    private Program daemon(String broker, String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of(
                "--broker", broker, "--root", directory.resolve("root").toString(), "--wait", "100ms", "--timeout", "30s"));
        args.addAll(List.of(more));
        return Program.start(args.toArray(String[]::new));
    }
}
