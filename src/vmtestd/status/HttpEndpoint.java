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
import java.util.Map;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Answers {@code GET} and {@code HEAD} of {@code /metrics}, {@code /status} and {@code /health}, on threads of its own. Connections
 * are few, each has a thread while it asks and is answered, and the server cuts off those that take
 * their time: whatever clients do, a run does not feel it.
 */
public final class HttpEndpoint implements Closeable {
    private static final int MAX_CONNECTIONS = 8;
    /** The server takes twice the memory of what is written at once. */
    private static final int PIECE = 4096;
    private static final int BACKLOG = 128;
    private static final Map<String, String> LIMITS = Map.of(
            "jdk.httpserver.maxConnections", Integer.toString(MAX_CONNECTIONS),
            // Seconds for a whole request, for its answer, and for one who says nothing; how often it looks, in ms.
            "sun.net.httpserver.maxReqTime", "3",
            "sun.net.httpserver.maxRspTime", "3",
            "sun.net.httpserver.idleInterval", "3",
            "sun.net.httpserver.timerMillis", "2000",
            "sun.net.httpserver.clockTick", "2000",
            // By default it takes 380 KB of headers from each client, more than the heap has for all.
            "sun.net.httpserver.maxReqHeaderSize", "8192",
            "sun.net.httpserver.maxIdleConnections", "0",
            "sun.net.httpserver.drainAmount", "0");
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String JSON = "application/json";

    /** What is at a path. */
    private record Page(int status, String type, String body) {}

    private final HttpServer server;
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            0, MAX_CONNECTIONS, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), this::thread);
    private final Map<String, Supplier<Page>> pages;
    private final Consumer<Throwable> bugs;

    private HttpEndpoint(HttpServer server, RunStore records, Supplier<Health> health, Consumer<Throwable> bugs) {
        this.server = server;
        this.bugs = bugs;
        pages = Map.of(
                "/metrics", () -> new Page(200, TEXT, records.metricsText()),
                "/status", () -> new Page(200, JSON, records.statusJson()),
                "/health", () -> {
                    Health now = health.get();
                    return new Page(now.ok() ? 200 : 503, JSON, now.toJson() + "\n");
                });
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    private Thread thread(Runnable task) {
        Thread thread = new Thread(task, "http");
        // What the server itself does not catch.
        thread.setUncaughtExceptionHandler((it, bug) -> bugs.accept(bug));
        return thread;
    }

    /**
     * Begins to listen. Resolving the host may take long.
     *
     * @param address host, not resolved, and port; 0 for any that is free
     * @param bugs gets what a request threw, from any thread
     * @throws IOException where the address is taken, or is none of this machine
     */
    public static HttpEndpoint open(InetSocketAddress address, RunStore records, Supplier<Health> health, Consumer<Throwable> bugs)
            throws IOException {
        InetSocketAddress resolved = new InetSocketAddress(address.getHostString(), address.getPort());
        if (resolved.isUnresolved()) {
            throw new UnknownHostException("unknown host");
        }
        // The server reads its limits from here, once, when its first instance is made.
        LIMITS.forEach(System::setProperty);
        HttpEndpoint endpoint = new HttpEndpoint(HttpServer.create(resolved, BACKLOG), records, health, bugs);
        endpoint.requestAll();
        return endpoint;
    }

    /** Requests each page once, which loads all that an answer needs: an upgrade may replace the runtime's files later. */
    private void requestAll() {
        for (String path : pages.keySet()) {
            try (SocketChannel channel = SocketChannel.open(address())) {
                channel.write(ByteBuffer.wrap(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII)));
                // The server ends the connection, after 3 s at the latest.
                ByteBuffer bytes = ByteBuffer.allocate(PIECE);
                while (channel.read(bytes) >= 0) {
                    bytes.clear();
                }
            } catch (IOException e) {
                // Somebody else took all connections; whoever comes next loads it.
            }
        }
    }

    /** Where it listens. */
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

    private static void answer(HttpExchange exchange, Page page) throws IOException {
        byte[] bytes = page.body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", page.type);
        // Who has got an answer may come again; nobody keeps a connection that others wait for.
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

    /** Ends all connections and threads. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
