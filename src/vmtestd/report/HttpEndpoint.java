package vmtestd.report;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** Stub for now. */
public final class HttpEndpoint implements Closeable {
    private final HttpServer server;

    private HttpEndpoint(HttpServer server) {
        this.server = server;
    }

    public static HttpEndpoint open(InetSocketAddress address, Records records, Supplier<Health> health) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(address.getHostString(), address.getPort()), 0);
        server.createContext("/metrics", exchange -> answer(exchange, 200, records.metricsText()));
        server.start();
        return new HttpEndpoint(server);
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    public InetSocketAddress address() {
        return server.getAddress();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
