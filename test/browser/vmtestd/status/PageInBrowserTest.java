package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.run.Failure;
import vmtestd.run.Step;

/** The page in Debian's headless Chromium. The pictures are kept in {@code build/pages}. */
class PageInBrowserTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Path PICTURES = Path.of("build/pages");
    private static final Instant NOW = Instant.parse("2026-11-25T17:40:00Z");
    private static final Duration INTERVAL = Duration.ofMinutes(5);
    private static final String WIDE = "1100,1500";
    private static final String HOSTILE = "<script>console.error('ran')</script><img src=http://127.0.0.2/x onerror=alert(1)>\"'&amp;</pre><style>*{display:none}";

    @TempDir
    private Path directory;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile String page;
    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        Files.createDirectories(PICTURES);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                requests.add(exchange.getRequestURI().toString());
                byte[] body = page.getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
                exchange.getResponseHeaders().set("Content-Security-Policy", StatusPage.CONTENT_SECURITY_POLICY);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void healthy() throws Exception {
        show("healthy", history("....................F.....", ""), WIDE);
    }

    @Test
    void healthyInTheDark() throws Exception {
        show("healthy-dark", history("....................F.....", ""), WIDE, "--blink-settings=preferredColorScheme=0");
    }

    @Test
    void failing() throws Exception {
        show("failing", history("..........i....FFF..FFFFFF", "[    2.113] Kernel panic - not syncing: No working init found.\n[    2.114] ---[ end Kernel panic ]---"), WIDE);
    }

    @Test
    void narrow() throws Exception {
        show("narrow", history("..........i....FFF..FFFFFF", "[    2.113] Kernel panic - not syncing: No working init found."), "360,1800");
    }

    @Test
    void noRunYet() throws Exception {
        show("no-run-yet", History.empty(INTERVAL, Duration.ofMinutes(25), NOW), WIDE);
    }

    @Test
    void hostileText() throws Exception {
        show("hostile", history("....F", HOSTILE), WIDE);
        assertFalse(page.contains("<script"), page);
        assertFalse(page.contains("<img"), page);
    }

    private History history(String marks, String console) {
        Random random = new Random(1);
        History history = History.empty(INTERVAL, Duration.ofMinutes(25), NOW);
        int count = 20 * 288;
        for (int i = count - 1; i >= 0; i--) {
            Instant started = NOW.minus(INTERVAL.multipliedBy(i)).minusSeconds(60);
            char mark = i < 100 ? marks.charAt(Math.max(0, marks.length() - 1 - i % marks.length())) : random.nextInt(90) == 0 ? 'F' : '.';
            history = history.runEnded(run(random, started, mark, console), List.of(Scenario.BOOT), started.plusSeconds(25));
        }
        return history;
    }

    private static HistoryEntry run(Random random, Instant started, char mark, String console) {
        Map<Step, Duration> steps = new EnumMap<>(Step.class);
        int[] millis = {3, 2, 1100, 30, 2600, 4100, 6000, 8, 6200, 120};
        Duration took = Duration.ZERO;
        for (Step step : Step.values()) {
            if (mark != '.' && step.compareTo(Step.BOOT) >= 0 && step.compareTo(Step.DELETE) < 0 || step.ordinal() >= millis.length) {
                continue;
            }
            Duration span = Duration.ofMillis(millis[step.ordinal()] * (80 + random.nextInt(60)) / 100);
            steps.put(step, span);
            took = took.plus(span);
        }
        Failure failure = mark == 'i' ? new Failure(Step.WAIT, Cause.INTERRUPTED, "told to stop")
                : new Failure(Step.BOOT, Cause.NO_BOOT, "the guest did not boot within 1m30s: kernel runs, no root mounted" + (console.equals(HOSTILE) ? HOSTILE : ""));
        return new HistoryEntry("test-vm-" + started.getEpochSecond(), Scenario.BOOT, started, took, mark == '.' ? Result.PASSED
                : mark == 'F' ? Result.FAILED : Result.INTERRUPTED, mark == '.' ? null : failure, steps, mark == 'F' ? console : "",
                mark == 'F' && !console.isEmpty() ? "cloud-hypervisor: " + console : "", "");
    }

    /** Opens a page and takes a picture of it. Nothing but the page may be requested, and nothing may be written to the console. */
    private void show(String name, History history, String size, String... flags) throws Exception {
        page = StatusPage.of(new Status(history, NOW), "");
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
        Path picture = PICTURES.resolve(name + ".png").toAbsolutePath();
        Files.deleteIfExists(picture);
        Path log = directory.resolve("chromium.log");
        Path net = directory.resolve("net.json");
        List<String> command = new ArrayList<>(List.of("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--no-default-browser-check",
                "--user-data-dir=" + directory.resolve("profile"), "--enable-logging=stderr", "--log-net-log=" + net,
                "--window-size=" + size, "--screenshot=" + picture));
        command.addAll(List.of(flags));
        command.add(url);
        Process browser = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            assertTrue(browser.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), () -> "chromium does not end: " + read(log));
        } finally {
            browser.destroyForcibly().waitFor();
        }
        assertTrue(Files.exists(picture), () -> read(log));
        assertEquals("", console(read(log)));
        assertEquals(List.of("/"), requests);
        assertEquals(List.of(), requestsOfThePage(read(net), url));
    }

    private static String console(String log) {
        return String.join("\n", log.lines().filter(line -> line.contains("CONSOLE")).toList());
    }

    /** Chromium's own requests have no initiator. */
    private static List<String> requestsOfThePage(String net, String url) {
        String origin = url.substring(0, url.length() - 1);
        return Pattern.compile("\"initiator\":\"" + Pattern.quote(origin) + "\"[^}]*").matcher(net).results().map(MatchResult::group).toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
