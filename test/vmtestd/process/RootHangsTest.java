package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.SimNode;

/** A file in the root directory that hangs whoever opens it, as a disk that does not answer does: a FIFO without another end. */
class RootHangsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** A node and a root directory. */
    private static final class Home implements AutoCloseable {
        private final Path directory;
        private final Path root;
        private final EmbeddedBroker broker;
        private final SimNode node;

        Home(Path directory) throws IOException {
            this.directory = directory;
            root = Files.createDirectory(directory.resolve("root"));
            broker = new EmbeddedBroker(directory.resolve("redis.sock"), null);
            node = new SimNode(broker.url(), directory);
        }

        Path fifo(String name) throws IOException, InterruptedException {
            Path file = root.resolve(name);
            assertEquals(0, new ProcessBuilder("mkfifo", file.toString()).inheritIO().start().waitFor());
            return file;
        }

        Program start(String... more) throws IOException {
            List<String> args = new ArrayList<>(List.of("--broker", broker.url(), "--root", root.toString(), "--wait", "0s", "--timeout", "3s"));
            args.addAll(List.of(more));
            return Program.start(args.toArray(String[]::new));
        }

        @Override
        public void close() throws IOException {
            node.close();
            broker.close();
        }
    }

    private interface Body {
        void run(Home home) throws IOException, InterruptedException;
    }

    @TestFactory
    Stream<DynamicTest> hangs(@TempDir Path directory) throws IOException {
        return new AtOnce(directory)
                .begin("the journal", on(RootHangsTest::theJournal))
                .begin("the journal during a stop", on(RootHangsTest::theJournalDuringAStop))
                .begin("the history", on(RootHangsTest::theHistory))
                .begin("the run lock", on(RootHangsTest::theRunLock))
                .begin("the daemon lock and what --status reads", on(RootHangsTest::theDaemonLockAndWhatStatusReads))
                .tests();
    }

    private static AtOnce.Body on(Body body) {
        return directory -> {
            try (Home home = new Home(directory)) {
                body.run(home);
            }
        };
    }

    private static void theJournal(Home home) throws IOException, InterruptedException {
        Path fifo = home.fifo("journal.new");
        try (Program daemon = home.start("--interval", "1s", "--listen", "127.0.0.1:0")) {
            String line = daemon.awaitLine(" info listening address=");
            daemon.awaitLine(" error vm test failed step=mount cause=local-error .* detail=\".*/journal has not finished ");
            daemon.awaitLine(" error no run detail=\".*/journal has not finished yet: the disk does not answer");
            HttpResponse<String> health = health(line);
            assertEquals(503, health.statusCode());
            assertTrue(health.body().matches("\\{\"status\":\"local-error\",.*\"error\":\".*the disk does not answer.*\"}\n"), health.body());
            assertEquals("vmd.List", home.node.callNames());
            // The disk answers again.
            Path aside = Files.move(fifo, home.directory.resolve("fifo"));
            Files.newByteChannel(aside).close();
            daemon.awaitLine("vm test passed");
            daemon.awaitLine("vm test passed");
            assertEquals(200, health(line).statusCode());
            // And hangs once more, until a stop.
            home.fifo("journal.new");
            daemon.awaitLine("(local-error|no run) .*/journal has not finished ");
            assertEndsInTime(daemon);
        }
        assertEquals(Set.of(), home.node.left());
    }

    private static void theJournalDuringAStop(Home home) throws IOException, InterruptedException {
        try (Program daemon = home.start("--interval", "1h", "--wait", "10m", "--debug")) {
            daemon.awaitLine(" step started step=wait$");
            home.fifo("journal.new");
            assertEndsInTime(daemon);
            assertTrue(daemon.out().stream().anyMatch(line -> line.contains(" info vm test interrupted step=wait ")), daemon::toString);
        }
        assertEquals(Set.of(), home.node.left());
    }

    private static void theHistory(Home home) throws IOException, InterruptedException {
        home.fifo("history.new");
        try (Program daemon = home.start("--interval", "1s")) {
            daemon.awaitLine(" warn the history or the metrics cannot be written: .*writing the history has not finished within ");
            daemon.awaitLine("vm test passed");
            daemon.awaitLine("vm test passed");
            assertEndsInTime(daemon);
        }
    }

    private static void theRunLock(Home home) throws IOException, InterruptedException {
        home.fifo("run.lock");
        try (Program daemon = home.start("--interval", "1s")) {
            daemon.awaitLine(" error no run detail=\"--root " + home.root + ": cannot be used .*: the disk does not answer");
            assertEndsInTime(daemon);
        }
        assertEquals("", home.node.callNames());
    }

    private static void theDaemonLockAndWhatStatusReads(Home home) throws IOException, InterruptedException {
        home.fifo("daemon.lock");
        home.fifo("history");
        for (List<String> flags : List.of(List.of("--interval", "1h"), List.of("--status"))) {
            try (Program program = home.start(flags.toArray(String[]::new))) {
                assertEquals(3, program.awaitExit(), program::toString);
                assertEquals(1, program.err().size(), program::toString);
                assertTrue(program.err().get(0).matches("vmtestd: --root " + home.root + ": .*the disk does not answer.*"), program::toString);
            }
        }
    }

    private static void assertEndsInTime(Program daemon) throws IOException, InterruptedException {
        daemon.signal("TERM");
        assertEquals(0, daemon.awaitExit(), daemon::toString);
        assertEquals(List.of(), daemon.err());
    }

    private static HttpResponse<String> health(String listening) throws IOException, InterruptedException {
        URI uri = URI.create("http://" + listening.substring(listening.lastIndexOf('=') + 1) + "/health");
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
    }
}
