package vmtestd;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.logging.Logger;
import vmtestd.report.LogLine;
import vmtestd.status.HttpEndpoint;

/**
 * Opens the HTTP endpoint once its address can be used, which may be long after the start. Each attempt has its own
 * thread, because a resolver that does not answer must not delay a run or a stop.
 */
final class Listener {
    private final InetSocketAddress address;
    private final Callable<HttpEndpoint> opener;
    private final Logger log;
    private Thread attempt;
    private volatile boolean open;
    /** Set once the first failure is logged. */
    private volatile boolean failed;

    /**
     * @param address not resolved, or null to listen nowhere
     * @param opener throws an IOException if the address cannot be used
     */
    Listener(InetSocketAddress address, Callable<HttpEndpoint> opener, Logger log) {
        this.address = address;
        this.opener = opener;
        this.log = log;
    }

    /** Starts to open the endpoint, unless it is open or the last attempt is still in progress. */
    void open() {
        if (address != null && !open && (attempt == null || !attempt.isAlive())) {
            attempt = new Thread(this::tryToOpen, "listen");
            attempt.setDaemon(true);
            attempt.start();
        }
    }

    private void tryToOpen() {
        try {
            InetSocketAddress bound = opener.call().address();
            open = true;
            log.info(new LogLine("listening").with("address", text(bound.getAddress().getHostAddress(), bound.getPort())).toString());
        } catch (Exception | Error e) {
            if (!failed) {
                failed = true;
                log.severe("--listen " + text(address.getHostString(), address.getPort()) + ": " + (e instanceof IOException ? e.getMessage() : e)
                        + "; legal is an unused address of this machine; retrying before each run");
            }
        }
    }

    /** An address as it is written in a URL. */
    private static String text(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
