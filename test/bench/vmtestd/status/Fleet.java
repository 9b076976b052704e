package vmtestd.status;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.run.RunReport;
import vmtestd.run.Step;

/**
 * Shows what many nodes cost a Prometheus: one with the shipped rules scrapes the exposition text of so many nodes from one
 * server, a path for each. Nodes test every five minutes, and one run in a hundred fails.
 *
 * <p>Argument: the number of nodes; a tenth of it is measured first.
 */
public final class Fleet {
    private static final Duration INTERVAL = Duration.ofMinutes(5);
    private static final List<Scenario> SCENARIOS = List.of(Scenario.BOOT);
    private static final int FARM = 25;
    private static final int FAIL_EVERY = 100;
    /** Each node is scraped within the first minute, and rates need two scrapes. */
    private static final Duration WARM_UP = Duration.ofMinutes(3);
    private static final Duration MEASURED = Duration.ofMinutes(4);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ROW = "%8s %8s %14s %12s %12s %14s %14s %16s%n";

    /** A node whose runs take place when its metrics are read. */
    private static final class FleetNode {
        private final Metrics metrics = new Metrics("0.2.0", Instant.now(), SCENARIOS);
        private History history = History.empty(INTERVAL, Duration.ofMinutes(25), Instant.now());
        private Instant next;
        private int runs;

        FleetNode(int number) {
            next = Instant.now().minus(INTERVAL).plusMillis(INTERVAL.toMillis() * (number % 100) / 100);
            runs = number;
        }

        synchronized String text() {
            Instant now = Instant.now();
            for (; next.isBefore(now); next = next.plus(INTERVAL)) {
                RunReport report = ++runs % FAIL_EVERY == 0 ? PastRuns.failed(next, Step.MOUNT, Cause.REMOTE_ERROR, "hub") : PastRuns.passed(next);
                HistoryEntry entry = HistoryEntry.of(report, "");
                history = history.runEnded(entry, SCENARIOS, now);
                metrics.runEnded(entry, Map.of(Journal.Kind.VM, 0, Journal.Kind.MOUNT, 0));
            }
            return metrics.httpText(history, now);
        }
    }

    private Fleet() {}

    public static void main(String[] args) throws Exception {
        int nodes = Integer.parseInt(args[0]);
        String text = new FleetNode(0).text();
        System.out.printf("a scrape: %d series, %,d bytes, %,d as gzip%n%n", text.lines().filter(line -> !line.startsWith("#")).count(),
                text.length(), gzipped(text));
        System.out.printf(ROW, "nodes", "series", "samples, 1/s", "RSS, MiB", "heap, MiB", "rules, ms", "CPU, %", "slowest scrape, ms");
        measure(Math.max(1, nodes / 10));
        measure(nodes);
    }

    private static int gzipped(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.size();
    }

    private static void measure(int count) throws Exception {
        List<FleetNode> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(new FleetNode(i));
        }
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 1024);
        server.createContext("/", exchange -> answer(exchange, nodes));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        server.setExecutor(threads);
        server.start();
        Path directory = Files.createTempDirectory("vmtestd-fleet");
        try {
            scrape(directory, server.getAddress().getPort(), count);
        } finally {
            server.stop(0);
            threads.shutdownNow();
            delete(directory);
        }
    }

    private static void answer(HttpExchange exchange, List<FleetNode> nodes) throws IOException {
        try (exchange) {
            byte[] body = nodes.get(Integer.parseInt(exchange.getRequestURI().getPath().substring(1))).text().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static void scrape(Path directory, int port, int count) throws Exception {
        int own = freePort();
        Path config = directory.resolve("prometheus.yaml");
        StringBuilder yaml = new StringBuilder("global: {scrape_interval: 1m, evaluation_interval: 1m}\nrule_files:\n");
        for (String rules : List.of("vmtestd.rules.yaml", "vmtestd.fleet.rules.yaml")) {
            yaml.append("  - '").append(Path.of("doc/monitoring", rules).toAbsolutePath()).append("'\n");
        }
        yaml.append("scrape_configs:\n  - job_name: vmtestd\n    relabel_configs:\n")
                .append("      - {source_labels: [node], target_label: __metrics_path__, replacement: '/$1'}\n")
                .append("      - {source_labels: [node], target_label: instance, replacement: 'node-$1'}\n")
                .append("      - {regex: node, action: labeldrop}\n    static_configs:\n");
        for (int i = 0; i < count; i++) {
            yaml.append("      - {targets: ['127.0.0.1:").append(port).append("'], labels: {node: '").append(i).append("', farm: '")
                    .append(i / FARM).append("'}}\n");
        }
        Files.writeString(config, yaml);
        Process prometheus = new ProcessBuilder("prometheus", "--config.file=" + config, "--web.listen-address=127.0.0.1:" + own,
                "--storage.tsdb.path=" + directory.resolve("tsdb"), "--log.level=warn")
                .redirectErrorStream(true).redirectOutput(directory.resolve("log").toFile()).start();
        try {
            if (prometheus.waitFor(WARM_UP.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("prometheus ended: " + Files.readString(directory.resolve("log")));
            }
            String before = metrics(own);
            Thread.sleep(MEASURED.toMillis());
            String after = metrics(own);
            double seconds = MEASURED.toSeconds();
            double samples = value(after, "prometheus_tsdb_head_samples_appended_total") - value(before, "prometheus_tsdb_head_samples_appended_total");
            System.out.printf(ROW, count, (long) value(after, "prometheus_tsdb_head_series"), format(samples / seconds),
                    format(value(after, "process_resident_memory_bytes") / (1 << 20)), format(value(after, "go_memstats_heap_inuse_bytes") / (1 << 20)),
                    format(sum(after, "prometheus_rule_group_last_duration_seconds") * 1000),
                    format((value(after, "process_cpu_seconds_total") - value(before, "process_cpu_seconds_total")) / seconds * 100),
                    format(slowestScrape(own) * 1000));
        } finally {
            prometheus.destroyForcibly();
            prometheus.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private static String format(double figure) {
        return String.format("%,.1f", figure);
    }

    private static double slowestScrape(int port) throws IOException, InterruptedException {
        String reply = get(port, "/api/v1/query?query=max(scrape_duration_seconds)+/+(count(up)+==+bool+sum(up))");
        return Double.parseDouble(reply.replaceAll("(?s).*\"value\":\\[[^,]*,\"([^\"]*)\"].*", "$1"));
    }

    private static String metrics(int port) throws IOException, InterruptedException {
        return get(port, "/metrics");
    }

    private static String get(int port, String path) throws IOException, InterruptedException {
        HttpResponse<String> reply = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
        if (reply.statusCode() != 200) {
            throw new IOException(path + ": " + reply.body());
        }
        return reply.body();
    }

    private static double value(String metrics, String name) {
        Matcher matcher = Pattern.compile("(?m)^" + name + "(?:\\{[^}]*})? (\\S+)$").matcher(metrics);
        if (!matcher.find()) {
            throw new IllegalStateException("Prometheus has no " + name);
        }
        return Double.parseDouble(matcher.group(1));
    }

    private static double sum(String metrics, String name) {
        double sum = 0;
        Matcher matcher = Pattern.compile("(?m)^" + name + "\\{[^}]*} (\\S+)$").matcher(metrics);
        while (matcher.find()) {
            sum += Double.parseDouble(matcher.group(1));
        }
        return sum;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
