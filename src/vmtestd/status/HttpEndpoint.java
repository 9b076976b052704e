package vmtestd.status;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Map;
import java.util.TimeZone;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import vmtestd.report.Json;

/**
 * Serves a page for people, {@code /metrics}, {@code /status} and {@code /health} on threads of its own. The number of connections is
 * limited, and slow ones are closed, so that no client can affect a run.
 */
public final class HttpEndpoint {
    private static final int MAX_CONNECTIONS = 8;
    /** The server allocates twice the size of each write. */
    private static final int PIECE = 4096;
    private static final int BACKLOG = 128;
    private static final Map<String, String> LIMITS = Map.of(
            "jdk.httpserver.maxConnections", Integer.toString(MAX_CONNECTIONS),
            // Seconds for a request, for its response, and for an idle connection; check interval in ms.
            "sun.net.httpserver.maxReqTime", "3",
            "sun.net.httpserver.maxRspTime", "3",
            "sun.net.httpserver.idleInterval", "3",
            "sun.net.httpserver.timerMillis", "2000",
            "sun.net.httpserver.clockTick", "2000",
            // The default of 380 KB for each client does not fit into the heap.
            "sun.net.httpserver.maxReqHeaderSize", "8192",
            "sun.net.httpserver.drainAmount", "0");

    private record Page(int status, String type, String body) {
        private static final String TEXT = "text/plain";
        private static final String JSON = "application/json";
        private static final String HTML = "text/html; charset=utf-8";
    }

    private final HttpServer server;
    private final RunStore store;
    private final Consumer<Throwable> bugs;

    /**
     * Starts to listen. Resolving the host may take long.
     *
     * @param address an unresolved host and a port, 0 for any free one
     * @param bugs receives what a request throws, on any thread
     * @throws IOException if the address is taken, or not one of this machine
     */
    public HttpEndpoint(InetSocketAddress address, RunStore store, Consumer<Throwable> bugs) throws IOException {
        this.store = store;
        this.bugs = bugs;
        // The server reads these properties once, when its first instance is created.
        LIMITS.forEach(System::setProperty);
        InetAddress host = InetAddress.getByName(address.getHostString());
        // Fails if the address cannot be used. HttpServer would not close its own socket then.
        new ServerSocket(address.getPort(), BACKLOG, host).close();
        server = HttpServer.create(new InetSocketAddress(host, address.getPort()), BACKLOG);
        // Loads tzdb.dat, which the Date of each answer needs: an upgrade may remove the runtime's files later.
        TimeZone.getTimeZone("GMT");
        if (Runtime.version().feature() > 17) {
            // Newer servers format it by java.time, which has a copy of its own.
            ZoneId.of("Etc/UTC");
        }
        server.createContext("/", this::handle);
        server.setExecutor(new ThreadPoolExecutor(0, MAX_CONNECTIONS, 5, TimeUnit.SECONDS, new SynchronousQueue<>()));
        server.start();
    }

    /** Returns the address that it listens on. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                answer(exchange, page(exchange.getRequestMethod(), exchange.getRequestURI().getPath()));
            } catch (RuntimeException | Error e) {
                bugs.accept(e);
                answer(exchange, new Page(500, Page.TEXT, "internal error: see the log of vmtestd\n"));
            }
        }
    }

    private Page page(String method, String path) {
        if (!method.equals("GET") && !method.equals("HEAD")) {
            return new Page(405, Page.TEXT, "only GET and HEAD are answered\n");
        }
        return switch (path) {
            case "/" -> new Page(200, Page.HTML, StatusPage.of(store.status(), store.localError()));
            case "/metrics" -> new Page(200, Page.TEXT + "; version=0.0.4; charset=utf-8", store.metricsText());
            case "/status" -> new Page(200, Page.JSON, store.status().json(null));
            case "/health" -> health(store.status(), store.localError());
            default -> new Page(404, Page.TEXT, "not found: there are /, /metrics, /status and /health\n");
        };
    }

    /** Whether the daemon itself works; a failing node does not matter here. */
    private static Page health(Status status, String error) {
        String state = !error.isEmpty() ? "local-error" : status.isOverdue() ? "late" : "ok";
        Map<String, Object> json = Json.object("status", state, "running", status.history().running(),
                "seconds", Duration.between(status.history().since(), status.now()), "error", error);
        json.values().removeIf(""::equals);
        return new Page(state.equals("ok") ? 200 : 503, Page.JSON, Json.of(json) + "\n");
    }

    private static void answer(HttpExchange exchange, Page page) throws IOException {
        byte[] bytes = page.body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", page.type);
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        exchange.getResponseHeaders().set("Content-Security-Policy", StatusPage.CONTENT_SECURITY_POLICY);
        // Others may be waiting for a connection.
        exchange.getResponseHeaders().set("Connection", "close");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
            exchange.sendResponseHeaders(page.status, -1);
            return;
        }
        exchange.sendResponseHeaders(page.status, bytes.length);
        OutputStream body = exchange.getResponseBody();
        for (int at = 0; at < bytes.length; at += PIECE) {
            body.write(bytes, at, Math.min(PIECE, bytes.length - at));
        }
    }

    /** Closes all connections. Its threads end when they are idle. */
    void close() {
        server.stop(0);
    }
}
