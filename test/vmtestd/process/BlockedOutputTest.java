package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.run.Step;
import vmtestd.sim.Call;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;
import vmtestd.status.PastRuns;

/** Outputs that cannot be written: a full pipe that nobody reads, a stopped terminal, a full disk. */
class BlockedOutputTest {
    private static final long PATIENCE_S = 60;
    private static final String LAUNCHER = Path.of("vmtestd.sh").toAbsolutePath().toString();

    @TempDir
    private Path directory;

    private EmbeddedBroker broker(Path home) throws IOException {
        return new EmbeddedBroker(home.resolve("s"), null);
    }

    private Process start(File out, File err, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP,INT,TERM", LAUNCHER));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out).redirectError(err);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        return builder.start();
    }

    private static int awaitExit(Process process) throws InterruptedException {
        try {
            assertTrue(process.waitFor(PATIENCE_S, TimeUnit.SECONDS), "it does not end");
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    /** A pipe into which not a byte more fits; closing it lets a process that waits for room fail. */
    static RandomAccessFile fullPipe(File file) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder("mkfifo", file.toString()).inheritIO().start().waitFor());
        RandomAccessFile pipe = new RandomAccessFile(file, "rw");
        // What a pipe of Linux holds, see pipe(7).
        pipe.write(new byte[65536]);
        return pipe;
    }

    @Test
    void aDaemonWhoseOutputNobodyReadsGoesOnAndCanBeStopped() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        File file = directory.resolve("pipe").toFile();
        try (EmbeddedBroker broker = broker(directory); SimNode node = new SimNode(broker.url(), directory); RandomAccessFile pipe = fullPipe(file)) {
            assertTrue(pipe.getFD().valid());
            Process daemon = start(file, file, "--broker", broker.url(), "--root", directory.resolve("root").toString(),
                    "--wait", "100ms", "--interval", "1s", "--listen", "127.0.0.1:" + port, "--debug");
            try {
                for (int run = 0; run < 3; run++) {
                    node.reached(Point.DELETE).get(PATIENCE_S, TimeUnit.SECONDS);
                }
                HttpResponse<String> health = HttpClient.newHttpClient().send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health")).build(), HttpResponse.BodyHandlers.ofString());
                assertEquals(200, health.statusCode(), health::body);
                // It could not be true for long if a run were held up.
                node.reached(Point.DEPLOY).get(PATIENCE_S, TimeUnit.SECONDS);
                daemon.destroy();
                assertEquals(0, awaitExit(daemon));
                assertEquals(Set.of(), node.left());
                assertEquals(List.of(), node.violations());
            } finally {
                daemon.destroyForcibly();
            }
        }
    }

    @Test
    void aRunByHandWhoseOutputNobodyReadsEnds() throws Exception {
        File file = directory.resolve("pipe").toFile();
        try (EmbeddedBroker broker = broker(directory); SimNode node = new SimNode(broker.url(), directory); RandomAccessFile pipe = fullPipe(file)) {
            assertTrue(pipe.getFD().valid());
            assertEquals(0, awaitExit(start(file, file, "--once", "--debug", "--wait", "100ms", "--broker", broker.url(),
                    "--root", directory.resolve("root").toString())));
            assertEquals(RunByHandTest.CONTAINER_CALLS, node.callNames());
            assertEquals(Set.of(), node.left());
        }
    }

    @Test
    void anErrorThatNobodyReadsDoesNotKeepItFromEnding() throws Exception {
        File file = directory.resolve("pipe").toFile();
        try (RandomAccessFile pipe = fullPipe(file)) {
            assertTrue(pipe.getFD().valid());
            assertEquals(2, awaitExit(start(file, file, "--nonsense")));
        }
    }

    /** Waits until a process has a thread of this name. Before, a signal would end a JVM that is not up yet. */
    private static void awaitThread(Process process, String name) throws Exception {
        Path tasks = Path.of("/proc/" + process.pid() + "/task");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try (Stream<Path> threads = Files.list(tasks)) {
                for (Path thread : threads.toList()) {
                    if (Files.readString(thread.resolve("comm")).strip().equals(name)) {
                        return;
                    }
                }
            } catch (NoSuchFileException e) {
                // A thread that ended while it was looked at.
            }
            assertTrue(process.isAlive() && System.nanoTime() < end, "no thread " + name);
            Thread.sleep(10);
        }
    }

    /** A result waits for its reader, but not against the will of who stops it. */
    @Test
    void aResultThatNobodyReadsWaitsUntilItIsStopped() throws Exception {
        File file = directory.resolve("pipe").toFile();
        try (RandomAccessFile pipe = fullPipe(file)) {
            Process help = start(file, directory.resolve("err").toFile(), "--help");
            try {
                assertTrue(!help.waitFor(1, TimeUnit.SECONDS), "ended unread");
                pipe.readFully(new byte[65536]);
                byte[] line = new byte[23];
                pipe.readFully(line);
                assertEquals("usage: vmtestd [flags]\n", new String(line));
                assertEquals(0, awaitExit(help));
            } finally {
                help.destroyForcibly();
            }
        }
        File second = directory.resolve("second").toFile();
        try (RandomAccessFile pipe = fullPipe(second)) {
            assertTrue(pipe.getFD().valid());
            Process help = start(second, directory.resolve("err").toFile(), "--help");
            awaitThread(help, "stdout");
            help.destroy();
            assertEquals(1, awaitExit(help));
        }
    }

    private static final String NO_SPACE = "vmtestd: standard output cannot be written: No space left on device";

    @ParameterizedTest
    @ValueSource(strings = {"--help", "--version", "--status", "--status --json", "--check"})
    void aResultOnAFullDiskIsNone(String mode) throws Exception {
        Path err = directory.resolve("err");
        List<String> args = new ArrayList<>(List.of(mode.split(" ")));
        args.addAll(List.of("--root", directory.resolve("root").toString(), "--broker", "unix://" + directory.resolve("none")));
        assertEquals(3, awaitExit(start(new File("/dev/full"), err.toFile(), args.toArray(String[]::new))));
        assertEquals(List.of(NO_SPACE), Files.readAllLines(err));
    }

    @Test
    void aRunOnAFullDiskHasItsOwnStatus() throws Exception {
        Path err = directory.resolve("err");
        try (EmbeddedBroker broker = broker(directory); SimNode node = new SimNode(broker.url(), directory)) {
            String[] flags = {"--wait", "100ms", "--broker", broker.url(), "--root", directory.resolve("root").toString(), "--once"};
            assertEquals(0, awaitExit(start(new File("/dev/full"), err.toFile(), flags)));
            assertEquals(Set.of(), node.left());
            flags[flags.length - 1] = "--sweep";
            assertEquals(0, awaitExit(start(new File("/dev/full"), err.toFile(), flags)));
        }
        assertEquals(List.of(), Files.readAllLines(err));
    }

    @Test
    void aPipeThatIsClosedIsNoResultEither() throws Exception {
        Path err = directory.resolve("err");
        File pipe = directory.resolve("pipe").toFile();
        // Opened for reading, else opening it for writing would wait; then there is no reader.
        Process process = new ProcessBuilder("sh", "-c", "mkfifo \"$1\" && exec 3<>\"$1\" 4>\"$1\" 3<&- && exec \"$2\" --version >&4", "sh",
                pipe.toString(), LAUNCHER).redirectError(err.toFile()).start();
        assertEquals(3, awaitExit(process));
        assertEquals(List.of("vmtestd: standard output cannot be written: Broken pipe"), Files.readAllLines(err));
    }

    @TestFactory
    Stream<DynamicTest> aTerminalThatIsStopped() throws IOException {
        return new AtOnce(directory)
                .begin("does not hold a run up", home -> {
                    try (EmbeddedBroker broker = broker(home); SimNode node = new SimNode(broker.url(), home);
                            PseudoTerminal terminal = once(home, broker)) {
                        terminal.awaitRow(".* wait .*");
                        terminal.type("C-s");
                        assertEquals(0, terminal.awaitExit());
                        assertEquals(RunByHandTest.CONTAINER_CALLS, node.callNames());
                        assertEquals(Set.of(), node.left());
                    }
                })
                .begin("shows all that was missed when it goes on", home -> {
                    try (EmbeddedBroker broker = broker(home); SimNode node = new SimNode(broker.url(), home)) {
                        CompletableFuture<Call> delete = node.reached(Point.DELETE);
                        try (PseudoTerminal terminal = once(home, broker)) {
                            terminal.awaitRow(".* wait .*");
                            terminal.type("C-s");
                            delete.get(PATIENCE_S, TimeUnit.SECONDS);
                            terminal.type("C-q");
                            assertEquals(0, terminal.awaitExit());
                            List<String> rows = terminal.rows();
                            for (Step step : PastRuns.STEPS) {
                                assertEquals(1, rows.stream().filter(row -> row.startsWith("  ok " + step)).count(), rows::toString);
                            }
                            assertTrue(rows.get(rows.size() - 1).startsWith("PASSED in "), rows::toString);
                        }
                    }
                })
                .tests();
    }

    private static PseudoTerminal once(Path home, EmbeddedBroker broker) throws IOException, InterruptedException {
        return new PseudoTerminal(home.resolve("t"), "", LAUNCHER + " --once --wait 3s --broker " + broker.url() + " --root " + home.resolve("root"));
    }
}
