package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the daemon answers over HTTP, and to whom it does not. */
class HttpTest extends NodeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int FLOOD = 200;

    private Program daemon;
    private int port;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

    @BeforeEach
    void start() throws IOException, InterruptedException {
        start(Path.of("vmtestd.sh").toAbsolutePath(), "1s");
        // The first run is in the history by the time the second has passed.
        daemon.awaitLine("vm test passed");
        daemon.awaitLine("vm test passed");
    }

    private void start(Path launcher, String interval) throws IOException, InterruptedException {
        daemon = Program.start(launcher, directory, "--broker", broker.url(), "--root", directory.resolve("root").toString(),
                "--wait", "100ms", "--timeout", "30s", "--interval", interval, "--listen", "127.0.0.1:0");
        String line = daemon.awaitLine(" info listening address=127\\.0\\.0\\.1:\\d+$");
        port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void eachPathHasItsAnswer() throws IOException, InterruptedException {
        HttpResponse<String> metrics = ask("GET", "/metrics");
        assertEquals(200, metrics.statusCode());
        assertEquals("text/plain; version=0.0.4; charset=utf-8", metrics.headers().firstValue("Content-Type").orElse(""));
        assertTrue(metrics.body().contains("\nvmtestd_last_run_success 1\n"), metrics.body());
        assertTrue(metrics.body().matches("(?s).*\nprocess_resident_memory_bytes [1-9][0-9]+\n.*"), metrics.body());

        HttpResponse<String> health = ask("GET", "/health");
        assertEquals(200, health.statusCode());
        assertTrue(health.body().matches("\\{\"status\":\"ok\",\"running\":(true|false),\"seconds\":[0-9.]+}\n"), health.body());

        HttpResponse<String> status = ask("GET", "/status");
        assertEquals(200, status.statusCode());
        assertEquals("application/json", status.headers().firstValue("Content-Type").orElse(""));
        assertTrue(status.body().startsWith("{\"state\":\"healthy\","), status.body());

        HttpResponse<String> page = ask("GET", "/");
        assertEquals(200, page.statusCode());
        assertEquals("text/html; charset=utf-8", page.headers().firstValue("Content-Type").orElse(""));
        assertEquals("default-src 'none'; style-src 'unsafe-inline'", page.headers().firstValue("Content-Security-Policy").orElse(""));
        assertTrue(page.body().startsWith("<!DOCTYPE html>\n") && page.body().contains("<h1>healthy since "), page.body());

        for (String path : List.of("/index.html", "/metrics/", "/Metrics", "/metrics/x", "/status.json", "/%2e%2e/etc/passwd", "/favicon.ico")) {
            assertEquals(404, ask("GET", path).statusCode(), path);
        }
        for (String path : List.of("/", "/metrics", "/health", "/status")) {
            HttpResponse<String> head = ask("HEAD", path);
            HttpResponse<String> get = ask("GET", path);
            assertEquals(200, head.statusCode(), path);
            assertEquals("", head.body(), path);
            assertEquals(get.headers().firstValue("Content-Type"), head.headers().firstValue("Content-Type"), path);
            assertTrue(head.headers().firstValueAsLong("Content-Length").orElse(0) > 0, path);
        }
        assertEquals(404, ask("HEAD", "/nothing").statusCode());
        for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS", "BREW")) {
            HttpResponse<String> refused = ask(method, "/metrics");
            assertEquals(405, refused.statusCode(), method);
            assertEquals("GET, HEAD", refused.headers().firstValue("Allow").orElse(""), method);
        }
        daemon.signal("TERM");
        assertEquals(0, daemon.awaitExit(), daemon::toString);
        assertEquals(List.of(), daemon.err());
    }

    /** An upgrade may remove the running version first. */
    @Test
    void eachPathHasItsAnswerAfterTheImageIsGone() throws IOException, InterruptedException {
        daemon.close();
        Path launcher = Files.copy(Path.of("vmtestd.sh"), directory.resolve("vmtestd.sh"), StandardCopyOption.COPY_ATTRIBUTES);
        Path image = directory.resolve("image");
        run("cp", "-r", Path.of("build/image").toAbsolutePath().toString(), image.toString());
        start(launcher, "1h");
        run("rm", "-r", image.toString());
        for (String path : List.of("/", "/metrics", "/health", "/status")) {
            assertEquals(200, ask("GET", path).statusCode(), path);
        }
        assertEquals(404, ask("GET", "/nothing").statusCode());
        assertEquals(List.of(), daemon.err());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        assertEquals(0, process.exitValue());
    }

    /** They have sent a part of a request, more of it than anybody needs, all of it without reading the answer, or nothing; none goes away. */
    @Test
    void twoHundredClientsThatNeverFinishHoldNothingUp() throws IOException, InterruptedException {
        long threads = count("task");
        long resident = resident();
        List<Socket> flood = new ArrayList<>();
        try {
            for (int i = 0; i < FLOOD; i++) {
                flood.add(connect(switch (i % 4) {
                    case 0 -> "";
                    case 3 -> "GET /status HTTP/1.1\r\nHost: x\r\n\r\n";
                    case 1 -> "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ";
                    default -> "GET /metrics HTTP/1.1\r\nX-Long: " + "x".repeat(60_000);
                }));
            }
            // Runs go on, one a second, and no client has cost the daemon a descriptor for good.
            for (int i = 0; i < 3; i++) {
                daemon.awaitLine("vm test passed");
                assertTrue(count("fd") < 60, () -> "descriptors: " + count("fd"));
                assertTrue(count("task") < threads + 25, () -> "threads: " + count("task"));
            }
            assertTrue(resident() < resident + 20_000, () -> "kB of memory: " + resident + ", and in the flood " + resident());
            // They are cut off while they still hold on, and others are served again.
            assertEquals(200, awaitAnswer());
        } finally {
            for (Socket socket : flood) {
                socket.close();
            }
        }
        daemon.signal("TERM");
        assertEquals(0, daemon.awaitExit(), daemon::toString);
        assertEquals(List.of(), daemon.err());
        assertTrue(daemon.out().stream().noneMatch(line -> line.contains(" error ")), daemon::toString);
    }

    private Socket connect(String begin) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress("127.0.0.1", port), (int) PATIENCE.toMillis());
        try {
            socket.getOutputStream().write(begin.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // Cut off already: there are enough of them.
        }
        return socket;
    }

    private int awaitAnswer() throws InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return ask("GET", "/metrics").statusCode();
            } catch (IOException e) {
                assertTrue(System.nanoTime() < until, "no answer to anybody: " + e);
                Thread.sleep(50);
            }
        }
    }

    private HttpResponse<String> ask(String method, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, HttpRequest.BodyPublishers.noBody()).timeout(PATIENCE).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** The daemon's resident memory in kB. */
    private long resident() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + daemon.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many descriptors or threads the daemon has. */
    private long count(String what) {
        try (Stream<Path> all = Files.list(Path.of("/proc/" + daemon.pid() + "/" + what))) {
            return all.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
