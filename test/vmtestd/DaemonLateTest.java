package vmtestd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.cleanup.StopSignal;
import vmtestd.process.Program;
import vmtestd.report.Log;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.SimNode;
import vmtestd.status.PastRuns;
import vmtestd.time.Detached;
import vmtestd.time.TestClock;

/** A daemon whose due run does not take place, because another process holds the run lock. */
class DaemonLateTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Test
    void isLateByHttpAndStaleByItsFiles(@TempDir Path directory) throws Exception {
        String root = directory.resolve("root").toString();
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("s"), null); SimNode node = new SimNode(broker.url(), directory);
                Program holder = Program.start("--once", "--wait", "10m", "--broker", broker.url(), "--root", root)) {
            holder.awaitLine("^  ok deploy ");
            PastRuns.of("...", Duration.ofMinutes(5), Instant.now().minus(Duration.ofHours(2)), "").writeTo(Path.of(root));
            BlockingQueue<String> logged = new LinkedBlockingQueue<>();
            TestClock clock = TestClock.running();
            clock.jump(Duration.ofHours(-1));
            StopSignal stop = new StopSignal();
            Options options = Options.parse("--broker", broker.url(), "--root", root, "--listen", "127.0.0.1:0", "--report", "none");
            FutureTask<?> daemon = Detached.start("daemon", () -> {
                new Daemon(options, log(logged), clock, stop, Duration.ZERO).run();
                return null;
            });
            String address = "";
            boolean waits = false;
            // Logged by two threads, in any order.
            while (address.isEmpty() || !waits) {
                String message = logged.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertNotNull(message, "neither listens nor waits");
                address = message.startsWith("listening address=") ? message.replaceFirst(".*=", "") : address;
                waits |= message.equals("waiting for the run of process " + holder.pid());
            }
            assertHttp(address, "/health", 200, "\"status\":\"ok\",\"running\":false");
            assertHttp(address, "/status", 200, "\"state\":\"healthy\"");
            clock.jump(Duration.ofHours(1));
            assertHttp(address, "/health", 503, "\"status\":\"late\",\"running\":false");
            assertHttp(address, "/status", 200, "\"state\":\"stale\"");
            try (Program status = Program.start("--status", "--root", root)) {
                status.awaitLine("^state +stale: ");
                assertEquals(3, status.awaitExit(), status::toString);
            }
            stop.request();
            daemon.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            holder.signal("TERM");
            assertEquals(1, holder.awaitExit(), holder::toString);
            assertEquals(Set.of(), node.left());
        }
    }

    private static Logger log(BlockingQueue<String> logged) {
        Logger log = Log.to(new PrintStream(OutputStream.nullOutputStream()), false);
        log.addHandler(new Handler() {
            @Override
            public void publish(LogRecord record) {
                logged.add(record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });
        return log;
    }

    private static void assertHttp(String address, String path, int status, String part) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + path)).timeout(PATIENCE).build();
        HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertTrue(response.statusCode() == status && response.body().contains(part), () -> response + " " + response.body());
    }
}
