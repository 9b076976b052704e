package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Scenario;
import vmtestd.cleanup.StopSignal;
import vmtestd.run.Step;
import vmtestd.time.TestClock;

/** What a request gets when something is wrong. What it gets otherwise is tested with processes. */
class HttpEndpointTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration INTERVAL = Duration.ofMinutes(5);
    private static final Duration LONGEST_RUN = Duration.ofMinutes(20);
    private static final Instant START = Instant.parse("2026-11-22T00:00:00Z");

    private final List<Throwable> bugs = new CopyOnWriteArrayList<>();
    private volatile Error bug;
    private TestClock clock;
    private RunStore store;
    private HttpEndpoint http;

    @BeforeEach
    void open(@TempDir Path root) throws IOException {
        clock = new TestClock(START, 0L, null) {
            @Override
            public synchronized Instant now() {
                if (bug != null) {
                    throw bug;
                }
                return super.now();
            }
        };
        store = new RunStore(root, new Disk(PATIENCE, new StopSignal()), new Metrics("0", START, List.of(Scenario.BOOT)), INTERVAL, LONGEST_RUN, List.of(Scenario.BOOT), clock, words -> { });
        http = new HttpEndpoint(InetSocketAddress.createUnresolved("127.0.0.1", 0), store, bugs::add);
    }

    @AfterEach
    void close() {
        http.close();
    }

    @Test
    void anErrorIsReportedOnceAndIsA500() throws Exception {
        assertEquals(200, get("/health").statusCode());
        assertEquals(List.of(), bugs);
        for (Error each : List.of(new NoClassDefFoundError("gone"), new OutOfMemoryError("heap"))) {
            bugs.clear();
            bug = each;
            HttpResponse<String> answer = get("/health");
            assertEquals(500, answer.statusCode());
            assertEquals("internal error: see the log of vmtestd\n", answer.body());
            assertEquals(List.of(each), bugs);
        }
        bug = null;
        assertEquals(200, get("/health").statusCode());
    }

    /** The daemon tries again at each interval. */
    @Test
    void losesNoDescriptorsIfTheAddressIsTaken() throws Exception {
        InetSocketAddress taken = InetSocketAddress.createUnresolved("127.0.0.1", http.address().getPort());
        assertThrows(BindException.class, () -> new HttpEndpoint(taken, store, bugs::add));
        int before = descriptors();
        for (int i = 0; i < 300; i++) {
            assertThrows(BindException.class, () -> new HttpEndpoint(taken, store, bugs::add));
        }
        // Other tests run at the same time.
        int lost = descriptors() - before;
        assertTrue(lost < 150, lost + " descriptors");
    }

    private static int descriptors() {
        return new File("/proc/self/fd").list().length;
    }

    /** A minute late is soon enough. */
    @Test
    void aDaemonThatIsOverdueIsLate() throws Exception {
        assertHealth(0, 200, "{\"status\":\"ok\",\"running\":false,\"seconds\":0}\n");
        assertHealth(360, 200, "{\"status\":\"ok\",\"running\":false,\"seconds\":360}\n");
        assertHealth(361, 503, "{\"status\":\"late\",\"running\":false,\"seconds\":361}\n");
        store.runStarted();
        assertHealth(361 + 1260, 200, "{\"status\":\"ok\",\"running\":true,\"seconds\":1260}\n");
        assertHealth(361 + 1261, 503, "{\"status\":\"late\",\"running\":true,\"seconds\":1261}\n");
        store.runEnded(PastRuns.failed(START.plusSeconds(361), Step.DEPLOY, Cause.TIMEOUT, "vmd.Run"));
        assertHealth(361 + 1261, 200, "{\"status\":\"ok\",\"running\":false,\"seconds\":0}\n");
    }

    @Test
    void anErrorOfTheDaemonItselfIsReportedUntilItIsOver() throws Exception {
        store.setLocalError("no \"disk\"");
        assertHealth(0, 503, "{\"status\":\"local-error\",\"running\":false,\"seconds\":0,\"error\":\"no \\\"disk\\\"\"}\n");
        assertHealth(1000, 503, "{\"status\":\"local-error\",\"running\":false,\"seconds\":1000,\"error\":\"no \\\"disk\\\"\"}\n");
        store.setLocalError("");
        assertHealth(0, 200, "{\"status\":\"ok\",\"running\":false,\"seconds\":0}\n");
    }

    private void assertHealth(int second, int status, String body) throws Exception {
        clock.set(START.plusSeconds(second));
        HttpResponse<String> answer = get("/health");
        assertEquals(body, answer.body());
        assertEquals(status, answer.statusCode());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + http.address().getPort() + path);
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
    }
}
