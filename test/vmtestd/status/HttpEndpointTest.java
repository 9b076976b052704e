package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.StopSignal;
import vmtestd.time.Clock;

/** What a request gets when something is wrong. What it gets otherwise is tested with processes. */
class HttpEndpointTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<Throwable> bugs = new CopyOnWriteArrayList<>();
    private volatile Error bug;
    private volatile Health health = new Health(true, false, Duration.ZERO);

    @Test
    void anErrorIsReportedOnceAndIsA500(@TempDir Path root) throws Exception {
        Duration interval = Duration.ofMinutes(5);
        RunStore records = new RunStore(root, new Disk(PATIENCE, new StopSignal()), new Metrics("0", interval, Instant.EPOCH), interval,
                interval, Clock.system(), words -> { });
        try (HttpEndpoint http = HttpEndpoint.open(InetSocketAddress.createUnresolved("127.0.0.1", 0), records, this::health, bugs::add)) {
            URI uri = URI.create("http://127.0.0.1:" + http.address().getPort() + "/health");
            assertEquals(200, get(uri).statusCode());
            assertEquals(List.of(), bugs);
            for (Error each : List.of(new NoClassDefFoundError("gone"), new OutOfMemoryError("heap"))) {
                bugs.clear();
                bug = each;
                HttpResponse<String> answer = get(uri);
                assertEquals(500, answer.statusCode());
                assertEquals("internal error: see the log of vmtestd\n", answer.body());
                assertEquals(List.of(each), bugs);
            }
            bug = null;
            assertEquals(200, get(uri).statusCode());
            health = health.withError("the disk hangs");
            assertEquals(503, get(uri).statusCode());
        }
    }

    private Health health() {
        if (bug != null) {
            throw bug;
        }
        return health;
    }

    private static HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
    }
}
