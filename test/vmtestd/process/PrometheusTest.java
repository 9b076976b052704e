package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/** Metrics and alerts before the tools that they are for: promtool, and a Prometheus that scrapes the daemon. */
class PrometheusTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path RULES = Path.of("doc/monitoring/vmtestd.rules.yaml");

    @TempDir
    private Path directory;

    @Test
    void theAlertsPassTheirTests() throws IOException, InterruptedException {
        promtool("check", "rules", RULES.toString());
        promtool("test", "rules", "doc/monitoring/vmtestd.rules.test.yaml");
        promtool("check", "rules", "doc/monitoring/vmtestd.fleet.rules.yaml");
        promtool("test", "rules", "doc/monitoring/vmtestd.fleet.rules.test.yaml");
    }

    /** Grafana's variables stand for values that make the expressions complete. */
    @Test
    void theDashboardsExpressionsAreValid() throws IOException, InterruptedException {
        String json = Files.readString(Path.of("doc/monitoring/vmtestd.dashboard.json"));
        StringBuilder rules = new StringBuilder("groups:\n  - name: dashboard\n    rules:\n");
        Matcher expression = Pattern.compile("\"expr\": (\".*\"),").matcher(json);
        int count = 0;
        while (expression.find()) {
            rules.append("      - {record: dashboard:expression").append(count++).append(", expr: ").append(expression.group(1)
                    .replace("$instance", ".+").replaceAll("\\$(window|__rate_interval|__range)", "1h")).append("}\n");
        }
        assertTrue(count > 15, rules::toString);
        Path file = Files.writeString(directory.resolve("dashboard.rules.yaml"), rules);
        promtool("check", "rules", file.toString());
    }

    @Test
    void theDaemonIsScraped() throws IOException, InterruptedException {
        Path root = directory.resolve("root");
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("redis.sock"), null);
                SimNode node = new SimNode(broker.url(), directory)) {
            node.inject(Point.DEPLOY, Fault.ERROR);
            try (Program daemon = Program.start("--broker", broker.url(), "--root", root.toString(), "--wait", "100ms",
                    "--timeout", "30s", "--interval", "1s", "--listen", "127.0.0.1:0")) {
                String address = daemon.awaitLine(" info listening address=").replaceAll(".*address=", "");
                daemon.awaitLine("vm test passed");
                promtool("check", "metrics", "<" + root.resolve("metrics.prom"));
                assertScraped(address);
            }
        }
    }

    private void assertScraped(String address) throws IOException, InterruptedException {
        int port = freePort();
        Path config = directory.resolve("prometheus.yaml");
        Files.writeString(config, String.join("\n",
                "global: {scrape_interval: 1s, evaluation_interval: 1s}",
                "rule_files: ['" + RULES.toAbsolutePath() + "']",
                "scrape_configs: [{job_name: vmtestd, static_configs: [{targets: ['" + address + "']}]}]", ""));
        Process prometheus = new ProcessBuilder("prometheus", "--config.file=" + config, "--web.listen-address=127.0.0.1:" + port,
                "--storage.tsdb.path=" + directory.resolve("tsdb"), "--log.level=warn")
                .redirectErrorStream(true).redirectOutput(directory.resolve("prometheus.log").toFile()).start();
        try {
            assertEquals("1", await(port, "vmtestd_failures_total{cause=\"remote-error\"}"));
            assertEquals("1", await(port, "vmtestd_step_failures_total{step=\"deploy\"}"));
            assertEquals("1", await(port, "vmtestd_last_run_success"));
            assertEquals("1", await(port, "vmtestd_last_step_duration_seconds{step=\"deploy\"} < bool 60"));
            assertEquals("1", await(port, "up{job=\"vmtestd\"}"));
            assertEquals("1", await(port, "abs(vmtestd_time_seconds - time()) < bool 60"));
            assertEquals("1", await(port, "vmtestd_build_info{version=\"0.2.0\"}"));
        } finally {
            prometheus.destroyForcibly();
            assertTrue(prometheus.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), "prometheus survives SIGKILL");
            prometheus.getOutputStream().close();
        }
    }

    /** The value of a series, once there is one. */
    private String await(int port, String query) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        URI uri = URI.create("http://127.0.0.1:" + port + "/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
        long until = System.nanoTime() + PATIENCE.toNanos();
        String seen = "";
        while (System.nanoTime() < until) {
            try {
                seen = client.send(HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString()).body();
                if (seen.contains("\"value\":")) {
                    return seen.replaceAll("(?s).*\"value\":\\[[^,]*,\"([^\"]*)\"].*", "$1");
                }
            } catch (IOException e) {
                seen = e.toString();
            }
            Thread.sleep(100);
        }
        throw new AssertionError("no value of " + query + ": " + seen + "\n" + Files.readString(directory.resolve("prometheus.log")));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Runs promtool, which must find nothing wrong; a last argument that begins with {@code <} is its input. */
    private void promtool(String... args) throws IOException, InterruptedException {
        List<String> words = List.of(args);
        String last = words.get(words.size() - 1);
        ProcessBuilder builder = new ProcessBuilder("promtool");
        builder.command().addAll(last.startsWith("<") ? words.subList(0, words.size() - 1) : words);
        if (last.startsWith("<")) {
            builder.redirectInput(Path.of(last.substring(1)).toFile());
        }
        Path output = directory.resolve("promtool.log");
        Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
        assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), "promtool goes on and on");
        assertEquals(0, process.exitValue(), () -> read(output));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
