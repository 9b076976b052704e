package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.SimNode;

/**
 * Bad input, given to the real process: one line on stderr that names the flag and the value and says
 * what is legal, nothing on stdout, no stack trace, and the right exit status.
 */
class BadInputTest {
    private static final int WRONG_USAGE = 2;
    private static final int COULD_NOT_START = 3;
    private static final String NO_SOCKET = "unix:///nowhere/redis.sock";
    private static final String PASSWORD = "hunter2";

    private static final String SEE_HELP = "see --help";
    private static final String WAIT = "legal is a duration from 0s to 24h0m0s";
    private static final String TIMEOUT = "legal is a duration from 1s to 24h0m0s";
    private static final String INTERVAL = "legal is a duration from 1s to 8760h0m0s";
    private static final String SIZE = "legal is a size from 250M to 1024G";
    private static final String CPUS = "legal is a whole number from 1 to 255";
    private static final String PREFIX = "legal is letters, digits and hyphens";
    private static final String FLIST = "legal is an http or https URL";
    private static final String CHANNELS = "legal is none, or some of zui,perf,flag with commas between";
    private static final String HOST_AND_PORT = "legal is HOST:PORT, such as 127.0.0.1:9421 or [::1]:0";
    private static final String STATUS_ONLY = "legal with --status only";
    private static final String ONE_MODE = "one at a time is legal";
    private static final String BROKER = "legal is unix:///path/to/socket or tcp://host:port";
    private static final String RUNNING = "legal is the address of a running Redis server";
    private static final String FOLDER = "legal is a directory that can be written to";

    /** How many processes are there at a time. */
    private static final ExecutorService STARTER = Executors.newFixedThreadPool(4);

    /**
     * A command line that is wrong.
     *
     * @param status how the process ends
     * @param named the flag and the value, as the message has them
     * @param legal what the message says about what is legal
     */
    private record Row(int status, String named, String legal, List<String> args) {
        static Row usage(String named, String legal, String... args) {
            return new Row(WRONG_USAGE, named, legal, List.of(args));
        }

        /** A value of a flag that is wrong in itself. */
        static Row value(String flag, String value, String legal) {
            return usage("--" + flag + " '" + value + "': ", legal, "--" + flag, value);
        }

        /** The same in a mode other than the daemon. */
        static Row inMode(String mode, String flag, String value, String legal) {
            return usage("--" + flag + " '" + value + "': ", legal, mode, "--" + flag, value);
        }

        /** The same, where the message does not repeat the value as it is. */
        Row as(String shown) {
            return new Row(status, shown, legal, args);
        }

        static Row start(String named, String legal, String... args) {
            return new Row(COULD_NOT_START, named, legal, List.of(args));
        }
    }

    private record Outcome(int status, List<String> out, List<String> err) {}

    @AfterAll
    static void stop() throws InterruptedException {
        STARTER.shutdown();
        assertTrue(STARTER.awaitTermination(60, TimeUnit.SECONDS));
    }

    @TestFactory
    Stream<DynamicTest> commandLines() {
        return each(
                Row.usage("unknown flag --brocker", "did you mean --broker?", "--brocker", NO_SOCKET),
                Row.usage("unknown flag --Once", "did you mean --once?", "--Once"),
                Row.usage("unknown flag --x", SEE_HELP, "-x=1"),
                Row.usage("unknown flag ---cpu", "did you mean --cpu?", "---cpu", "1"),
                Row.usage("unknown flag --", SEE_HELP, "--=1"),
                Row.usage("unknown flag --cp\\nu", "did you mean --cpu?", "--cp\nu"),
                Row.usage("unexpected argument 'start'", SEE_HELP, "start"),
                Row.usage("unexpected argument 'later'", SEE_HELP, "--once", "later"),
                Row.usage("unexpected argument 'false'", SEE_HELP, "--debug", "false"),
                Row.usage("unexpected argument ''", SEE_HELP, ""),
                Row.usage("unexpected argument '-'", SEE_HELP, "-"),
                Row.usage("unexpected argument '--'", SEE_HELP, "--", "--once"),
                Row.usage("--broker: no value", "legal is --broker URL", "--broker"),
                Row.usage("--cpu: no value", "legal is --cpu N", "--once", "-cpu"),
                Row.usage("--once=maybe: ", "legal are true and false", "--once=maybe"),
                Row.usage("--help=: ", "legal are true and false", "--help="));
    }

    @TestFactory
    Stream<DynamicTest> modes() {
        return each(
                Row.usage("--json: ", STATUS_ONLY, "--json"),
                Row.usage("--json: ", STATUS_ONLY, "--once", "--json"),
                Row.usage("--once, --check, --status, --sweep: ", ONE_MODE, "--status", "--once"),
                Row.usage("--once, --check, --status, --sweep: ", ONE_MODE, "--status", "--json", "--sweep"));
    }

    @TestFactory
    Stream<DynamicTest> reportsAndAddresses() {
        return each(
                Row.value("report", "none,zui", CHANNELS),
                Row.value("report", "zui perf", CHANNELS),
                Row.value("listen", "127.0.0.1:99999", HOST_AND_PORT),
                Row.value("listen", ":9421", HOST_AND_PORT),
                Row.inMode("--once", "report", "", CHANNELS),
                Row.inMode("--once", "report", "zui,none", CHANNELS),
                Row.inMode("--status", "report", "none,zui", CHANNELS),
                Row.inMode("--sweep", "report", "zui;\nperf", CHANNELS).as("--report 'zui;\\nperf': unknown word 'zui;\\nperf'; "),
                Row.inMode("--once", "listen", "9421", HOST_AND_PORT),
                Row.inMode("--once", "listen", ":9421", HOST_AND_PORT),
                Row.inMode("--status", "listen", "127.0.0.1", HOST_AND_PORT),
                Row.inMode("--once", "listen", "127.0.0.1:99999", HOST_AND_PORT),
                Row.inMode("--status", "listen", "http://x:1", HOST_AND_PORT),
                Row.inMode("--sweep", "listen", "[::1", HOST_AND_PORT),
                Row.inMode("--once", "listen", "a b:1", HOST_AND_PORT),
                Row.inMode("--once", "listen", "unix://hunter2@:1", HOST_AND_PORT).as("--listen 'unix://***@:1': "));
    }

    /** An address that cannot be used now may be usable later. */
    @TestFactory
    Stream<DynamicTest> daemonsGoOnWithoutAnAddress(@TempDir Path directory) throws IOException {
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        String port = "127.0.0.1:" + taken.getLocalPort();
        return new AtOnce(directory)
                .begin("a port that is taken", home -> assertGoesOn(home, port))
                .begin("no address of any machine", home -> assertGoesOn(home, "1.2.3.4.5:80"))
                .tests().onClose(() -> close(taken));
    }

    private static void assertGoesOn(Path home, String address) throws IOException, InterruptedException {
        try (EmbeddedBroker broker = new EmbeddedBroker(home.resolve("s"), null); SimNode node = new SimNode(broker.url(), home);
                Program daemon = Program.start("--root", home.resolve("root").toString(), "--wait", "0s", "--broker", broker.url(),
                        "--listen", address)) {
            daemon.awaitLine(" info vm test passed ");
            node.zui().await(1);
            // Logged by a thread of its own, before or after the first run.
            assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
                while (daemon.out().stream().noneMatch(line -> line.contains(" error --listen "))) {
                    Thread.sleep(10);
                }
            });
            daemon.signal("TERM");
            assertEquals(0, daemon.awaitExit(), daemon::toString);
            assertEquals(List.of(), daemon.err());
            List<String> errors = daemon.out().stream().filter(line -> !line.contains(" info ") && !line.contains(Program.NOT_OBSERVED)).toList();
            assertEquals(1, errors.size(), daemon::toString);
            assertTrue(errors.get(0).matches("\\S+ error --listen " + address + ": .*; retrying every [0-9ms]+"), errors::toString);
        }
    }

    private static void close(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @TestFactory
    Stream<DynamicTest> durations() {
        return each(
                Row.value("interval", "0", INTERVAL),
                Row.value("interval", "0s", INTERVAL),
                Row.value("interval", "999ms", INTERVAL),
                Row.value("interval", "-5m", INTERVAL),
                Row.value("interval", "5", INTERVAL),
                Row.value("interval", "9000h", INTERVAL),
                Row.value("interval", "5 m", INTERVAL),
                Row.value("wait", "", WAIT),
                Row.value("wait", "-1s", WAIT),
                Row.value("wait", "1d", WAIT),
                Row.value("wait", "1s\n2s", WAIT).as("--wait '1s\\n2s': "),
                Row.value("timeout", "0", TIMEOUT),
                Row.value("timeout", "25h", TIMEOUT),
                Row.value("timeout", "99999999999999999999h", TIMEOUT));
    }

    @TestFactory
    Stream<DynamicTest> sizesAndNumbers() {
        return each(
                Row.value("cpu", "0", CPUS),
                Row.value("cpu", "256", CPUS),
                Row.value("cpu", "x", CPUS),
                Row.value("cpu", "", CPUS),
                Row.value("cpu", "-1", CPUS),
                Row.value("cpu", "1.5", CPUS),
                Row.value("memory", "249M", SIZE),
                Row.value("memory", "1e9", SIZE),
                Row.value("memory", "", SIZE),
                Row.value("memory", "512MB", SIZE),
                Row.value("memory", "-512M", SIZE),
                Row.value("memory", "999999999999999T", SIZE));
    }

    @TestFactory
    Stream<DynamicTest> namesAndFlists() {
        return each(
                Row.value("name-prefix", "", PREFIX),
                Row.value("name-prefix", "-", PREFIX),
                Row.value("name-prefix", "test", PREFIX),
                Row.value("name-prefix", "../vm-", PREFIX),
                Row.value("name-prefix", "test vm-", PREFIX),
                Row.value("name-prefix", "vm*-", PREFIX),
                Row.value("name-prefix", "x".repeat(40) + "-", PREFIX),
                Row.value("flist", "", FLIST),
                Row.value("flist", "alpine3.flist", FLIST),
                Row.value("flist", "https://hub.threefold.me", FLIST),
                Row.value("flist", "https:///alpine3.flist", FLIST),
                Row.value("kernel-flist", "file:///boot/kernel", FLIST),
                Row.value("kernel-flist", "https://hub/a b", FLIST));
    }

    @TestFactory
    Stream<DynamicTest> brokers() {
        String longPath = "unix:///" + "s".repeat(106);
        return each(
                Row.value("broker", "http://localhost:6379", BROKER),
                Row.value("broker", "redis://localhost:6379", BROKER),
                Row.value("broker", "/var/run/redis.sock", BROKER),
                Row.value("broker", "", BROKER),
                Row.value("broker", "unix://", BROKER),
                Row.value("broker", "unix:///", BROKER),
                Row.value("broker", "unix://localhost", BROKER),
                Row.value("broker", "unix:redis.sock", BROKER),
                Row.value("broker", longPath, BROKER),
                Row.value("broker", "tcp://localhost", BROKER),
                Row.value("broker", "tcp://localhost:0", BROKER),
                Row.value("broker", "tcp://localhost:65536", BROKER),
                Row.value("broker", "tcp://::1:6379", BROKER));
    }

    /** However it is mistyped, and whether or not the rest is right, it is a password. */
    @TestFactory
    Stream<DynamicTest> passwordsAreNeverShown(@TempDir Path root) {
        return each(
                Row.value("broker", "http://hunter2@localhost:1", BROKER).as("--broker 'http://***@localhost:1': "),
                Row.value("broker", "hunter2@localhost:1", BROKER).as("--broker '***@localhost:1': "),
                Row.value("broker", "unix://hunter2@host", BROKER).as("--broker 'unix://***@host': "),
                Row.value("broker", "unix://hunter 2hunter2@/redis.sock", BROKER).as("--broker 'unix://***@/redis.sock': "),
                Row.value("broker", "tcp://a@hunter2@localhost", BROKER).as("--broker 'tcp://***@localhost': "),
                // As it is read from a file that came from Windows.
                Row.value("broker", "unix://hunter2\r@/redis.sock", BROKER).as("--broker 'unix://***@/redis.sock': "),
                Row.value("broker", "hunter2:x@localhost:1", BROKER).as("--broker '***@localhost:1': "),
                Row.usage("unexpected argument 'unix://***@/redis.sock'", SEE_HELP, "--once", "unix://hunter2@/redis.sock"),
                Row.usage("unknown flag --brocker", "did you mean --broker?", "--brocker=unix://hunter2@/redis.sock"),
                Row.usage("unknown flag --broker", SEE_HELP, "--brokerunix://hunter2@/redis.sock"),
                Row.start("--broker " + NO_SOCKET + ": ", RUNNING, "--root", root.toString(),
                        "--broker", "unix://hunter2@/nowhere/redis.sock"));
    }

    @TestFactory
    Stream<DynamicTest> rootsAndBrokersThatCannotBeUsed(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        Path loop = Files.createSymbolicLink(directory.resolve("loop"), directory.resolve("loop"));
        Path busy = Files.createDirectories(directory.resolve("busy/daemon.lock")).getParent();
        Path tooLong = directory.resolve("r".repeat(256));
        String root = directory.resolve("root").toString();
        return each(
                Row.value("root", "", "legal is the path of a directory"),
                unusable(file),
                unusable(file.resolve("below")),
                unusable(loop),
                unusable(busy),
                unusable(tooLong),
                unusable(Path.of("/proc/vmtestd")),
                unusable(Path.of("/dev/null/vmtestd")),
                Row.start("--root " + file + ": ", FOLDER, "--once", "--root", file.toString(), "--broker", NO_SOCKET),
                Row.start("--root /proc/self/x: ", FOLDER, "--once", "--root", "/proc/self/x", "--broker", NO_SOCKET),
                Row.start("--broker " + NO_SOCKET + ": ", RUNNING, "--root", root + 1, "--broker", NO_SOCKET),
                Row.start("--broker unix://" + file + ": ", RUNNING, "--root", root + 2, "--broker", "unix://" + file),
                Row.start("--broker unix://" + directory + ": ", RUNNING, "--root", root + 3, "--broker", "unix://" + directory),
                Row.start("--broker tcp://127.0.0.1:1: ", RUNNING, "--root", root + 4, "--broker", "tcp://127.0.0.1:1"));
    }

    private static Row unusable(Path root) {
        return Row.start("--root " + root + ": ", FOLDER, "--root", root.toString(), "--broker", NO_SOCKET);
    }

    /** Starts all the rows, a few at a time; each is a test of its own. */
    private static Stream<DynamicTest> each(Row... rows) {
        List<DynamicTest> tests = new ArrayList<>();
        for (Row row : rows) {
            Future<Outcome> outcome = STARTER.submit(() -> run(row));
            tests.add(DynamicTest.dynamicTest(row.args().toString().replace("\n", "\\n").replace("\r", "\\r"),
                    () -> check(row, outcome)));
        }
        return tests.stream();
    }

    private static Outcome run(Row row) throws IOException, InterruptedException {
        try (Program program = Program.start(row.args().toArray(String[]::new))) {
            return new Outcome(program.awaitExit(), program.out(), program.err());
        }
    }

    private static void check(Row row, Future<Outcome> running) throws InterruptedException, ExecutionException {
        Outcome outcome = running.get();
        assertEquals(List.of(), outcome.out(), "stdout");
        assertEquals(1, outcome.err().size(), () -> "lines on stderr: " + outcome.err());
        String line = outcome.err().get(0);
        assertTrue(line.startsWith("vmtestd: "), line);
        assertTrue(line.contains(row.named()), () -> "the flag and the value (" + row.named() + ") in: " + line);
        assertTrue(line.contains(row.legal()), () -> "what is legal (" + row.legal() + ") in: " + line);
        assertFalse(line.contains("Exception") || line.contains("vmtestd.Main"), line);
        assertFalse(line.contains(PASSWORD), line);
        assertEquals(row.status(), outcome.status(), line);
    }
}
