package vmtestd.status;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import vmtestd.report.Json;

/**
 * Serves {@code /metrics}, {@code /status} and {@code /health} on threads of its own. The number of connections is
 * limited, and slow ones are closed, so that no client can affect a run.
 */
public final class HttpEndpoint implements Closeable {
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
            "sun.net.httpserver.maxIdleConnections", "0",
            "sun.net.httpserver.drainAmount", "0");
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String JSON = "application/json";

    private record Page(int status, String type, String body) {}

    private final HttpServer server;
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            0, MAX_CONNECTIONS, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), this::thread);
    private final Map<String, Supplier<Page>> pages;
    private final Consumer<Throwable> bugs;

    private HttpEndpoint(HttpServer server, RunStore store, Consumer<Throwable> bugs) {
        this.server = server;
        this.bugs = bugs;
        pages = Map.of(
                "/metrics", () -> new Page(200, TEXT, store.metricsText()),
                "/status", () -> new Page(200, JSON, StatusJson.of(store.status())),
                "/health", () -> health(store.status(), store.localError()));
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    private Thread thread(Runnable task) {
        Thread thread = new Thread(task, "http");
        thread.setUncaughtExceptionHandler((it, bug) -> bugs.accept(bug));
        return thread;
    }

    /**
     * Starts to listen. Resolving the host may take long.
     *
     * @param address an unresolved host and a port, 0 for any free one
     * @param bugs receives what a request throws, on any thread
     * @throws IOException if the address is taken, or not one of this machine
     */
    public static HttpEndpoint open(InetSocketAddress address, RunStore store, Consumer<Throwable> bugs) throws IOException {
        InetSocketAddress resolved = new InetSocketAddress(address.getHostString(), address.getPort());
        if (resolved.isUnresolved()) {
            throw new UnknownHostException("unknown host");
        }
        // The server reads these properties once, when its first instance is created.
        LIMITS.forEach(System::setProperty);
        HttpEndpoint endpoint = new HttpEndpoint(HttpServer.create(resolved, BACKLOG), store, bugs);
        endpoint.requestAll();
        return endpoint;
    }

    /** Requests each page once to load all classes: an upgrade may replace the runtime's files later. */
    private void requestAll() {
        for (String path : pages.keySet()) {
            try (SocketChannel channel = SocketChannel.open(address())) {
                channel.write(ByteBuffer.wrap(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII)));
                // The server closes the connection, after 3 s at the latest.
                ByteBuffer bytes = ByteBuffer.allocate(PIECE);
                while (channel.read(bytes) >= 0) {
                    bytes.clear();
                }
            } catch (IOException e) {
                // All connections are in use; the next request loads the classes.
            }
        }
    }

    /** Returns the address that it listens on. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Page page;
            try {
                page = page(exchange);
            } catch (RuntimeException | Error e) {
                bugs.accept(e);
                page = new Page(500, "text/plain", "internal error: see the log of vmtestd\n");
            }
            answer(exchange, page);
        }
    }

    private Page page(HttpExchange exchange) {
        Supplier<Page> page = pages.get(exchange.getRequestURI().getPath());
        if (page == null) {
            return new Page(404, "text/plain", "not found: there are /metrics, /status and /health\n");
        }
        String method = exchange.getRequestMethod();
        if (method.equals("GET") || method.equals("HEAD")) {
            return page.get();
        }
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        return new Page(405, "text/plain", "only GET and HEAD are answered\n");
    }

    /** Whether the daemon itself works; a failing node does not matter here. */
    private static Page health(Status status, String error) {
        String state = !error.isEmpty() ? "local-error" : status.isOverdue() ? "late" : "ok";
        Map<String, Object> json = Json.object("status", state, "running", status.history().running(),
                "seconds", Duration.between(status.history().since(), status.now()));
        if (!error.isEmpty()) {
            json.put("error", error);
        }
        return new Page(state.equals("ok") ? 200 : 503, JSON, Json.of(json) + "\n");
    }

    private static void answer(HttpExchange exchange, Page page) throws IOException {
        byte[] bytes = page.body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", page.type);
        // Others may be waiting for a connection.
        exchange.getResponseHeaders().set("Connection", "close");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
            exchange.sendResponseHeaders(page.status, -1);
            return;
        }
        exchange.sendResponseHeaders(page.status, bytes.length);
        try (OutputStream body = exchange.getResponseBody()) {
            for (int at = 0; at < bytes.length; at += PIECE) {
                body.write(bytes, at, Math.min(PIECE, bytes.length - at));
            }
        }
    }

    /** Closes all connections and ends all threads. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
