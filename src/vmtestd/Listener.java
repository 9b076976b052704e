package vmtestd;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.logging.Level;
import java.util.logging.Logger;
import vmtestd.report.LogLine;
import vmtestd.status.HttpEndpoint;
import vmtestd.status.RunStore;

/**
 * Opens the HTTP endpoint as soon as its address can be used, which may be long after the start. Each try has
 * a thread of its own: a resolver that does not answer must not delay a run or a stop.
 */
final class Listener implements Closeable {
    private final InetSocketAddress address;
    private final RunStore records;
    private final Logger log;
    private HttpEndpoint http;
    private Thread trying;
    private boolean failed;
    private boolean closed;

    /** @param address not resolved, or null to listen nowhere */
    Listener(InetSocketAddress address, RunStore records, Logger log) {
        this.address = address;
        this.records = records;
        this.log = log;
    }

    /** Begins to open the endpoint, unless it is open, or the last try still goes on. */
    synchronized void open() {
        if (address != null && http == null && (trying == null || !trying.isAlive())) {
            trying = new Thread(this::tryOnce, "listen");
            trying.setDaemon(true);
            trying.start();
        }
    }

    private void tryOnce() {
        try {
            opened(HttpEndpoint.open(address, records,
                    bug -> log.log(Level.SEVERE, "an HTTP request broke off: this is a bug of vmtestd or a lack of memory", bug)));
        } catch (IOException e) {
            complain(e.getMessage());
        } catch (RuntimeException | Error e) {
            complain(e.toString());
        }
    }

    private synchronized void opened(HttpEndpoint endpoint) {
        if (closed) {
            endpoint.close();
            return;
        }
        http = endpoint;
        log.info(new LogLine("listening").with("address", text(http.address().getAddress().getHostAddress(), http.address().getPort())).toString());
    }

    /** One line is enough for all tries. */
    private synchronized void complain(String why) {
        if (!failed && !closed) {
            failed = true;
            log.severe("--listen " + text(address.getHostString(), address.getPort()) + ": " + why
                    + "; legal is an address of this machine that is free; going on without, and trying again before each run");
        }
    }

    /** An address as it stands in a URL. */
    private static String text(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /** Ends all connections. It does not wait for a try that goes on. */
    @Override
    public synchronized void close() {
        closed = true;
        if (http != null) {
            http.close();
        }
    }
}
