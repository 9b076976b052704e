package vmtestd;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import vmtestd.check.StopSignal;
import vmtestd.node.Node;
import vmtestd.node.NodeException;
import vmtestd.node.ProcFs;
import vmtestd.report.CallLog;
import vmtestd.report.Channels;
import vmtestd.report.HttpEndpoint;
import vmtestd.report.LogLine;
import vmtestd.report.Metrics;
import vmtestd.report.Observers;
import vmtestd.report.Records;
import vmtestd.report.RunLog;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** vmtestd as a service: its lock, its schedule, and all who are told of its runs. */
final class Service {
    private final Options options;
    private final Logger log;
    private final Clock clock;
    private final StopSignal stop;
    private final Instant started;

    Service(Options options, Logger log, Clock clock, StopSignal stop) {
        this.options = options;
        this.log = log;
        this.clock = clock;
        this.stop = stop;
        started = clock.now();
    }

    /**
     * Does runs on schedule, until a signal.
     *
     * @return whether the last run ended in the time that bounds it
     */
    boolean run() throws StartException {
        LockFile lock = takeLock(options.root());
        try {
            options.warnings().forEach(log::warning);
            checkBroker();
            log.info(new LogLine("vmtestd started").with("version", Options.VERSION).with("broker", options.broker())
                    .with("interval", options.interval()).with("flist", Flags.withoutPassword(options.settings().flist())).toString());
            for (String mistake : options.mistakes()) {
                log.severe(mistake + "; going on without");
            }
            return serve();
        } catch (InterruptedException e) {
            log.info("vmtestd stopped before its first run");
            return true;
        } finally {
            lock.close();
        }
    }

    private boolean serve() throws InterruptedException {
        Metrics metrics = new Metrics(Options.VERSION, options.interval(), started);
        Consumer<String> complaints = words -> log.warning(LogLine.notice(words));
        Records records = new Records(options.root(), metrics, options.interval(), options.settings().longestRun(), clock, complaints);
        Channels channels = new Channels(options.report(), node(metrics), Channels.FLAG_FILE, options.expiry(), clock, complaints);
        Observers observers = new Observers(List.of(new RunLog(log), records, channels),
                bug -> log.log(Level.SEVERE, "a report broke off: this is a bug of vmtestd or a lack of memory", bug));
        Runner runner = new Runner(options.root(), node(metrics), options.settings(), clock, stop, observers);
        Daemon daemon = new Daemon(() -> run(runner), options.interval(), options.settings().longestRun(), clock, log, metrics::runsSkipped);
        HttpEndpoint http = listen(records, daemon);
        try {
            if (!daemon.serve(stop)) {
                log.severe("the run in progress did not end in the time that bounds it");
                return false;
            }
            channels.finish(stop);
            records.save();
            log.info("vmtestd stopped");
            return true;
        } finally {
            if (http != null) {
                http.close();
            }
        }
    }

    private Node node(Metrics metrics) {
        CallLog calls = new CallLog(log);
        return Node.at(options.broker(), clock, call -> {
            metrics.callEnded(call);
            calls.ended(call);
        }).withProc(new ProcFs(options.procfs()), clock);
    }

    /** Answers HTTP where that is asked for; null where it is not, or cannot be done. */
    private HttpEndpoint listen(Records records, Daemon daemon) {
        InetSocketAddress address = options.listen();
        if (address == null) {
            return null;
        }
        try {
            HttpEndpoint http = HttpEndpoint.open(address, records, daemon::health);
            log.info(new LogLine("listening").with("address", text(http.address().getAddress().getHostAddress(), http.address().getPort())).toString());
            return http;
        } catch (IOException e) {
            log.severe("--listen " + text(address.getHostString(), address.getPort()) + ": " + e.getMessage()
                    + "; legal is an address of this machine that is free; going on without");
            return null;
        }
    }

    /** An address as it stands in a URL. */
    private static String text(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /** Does a run; gives whether there was one. */
    private boolean run(Runner runner) {
        try {
            runner.run();
            return true;
        } catch (StartException e) {
            log.severe(new LogLine("no run").with("detail", e.getMessage()).toString());
        } catch (InterruptedException e) {
            log.fine("told to stop before a run");
        }
        return false;
    }

    private static LockFile takeLock(Path root) throws StartException {
        Path file = root.resolve("daemon.lock");
        try {
            Files.createDirectories(root);
            LockFile lock = LockFile.tryTake(file);
            if (lock == null) {
                throw new StartException("--root " + root + ": " + LockFile.holder(file)
                        + " is the daemon of this folder; legal is a folder of its own for each daemon");
            }
            return lock;
        } catch (IOException e) {
            throw Runner.unusable(root, e);
        }
    }

    private void checkBroker() throws StartException, InterruptedException {
        Node node = Node.at(options.broker(), clock);
        stop.allowInterrupt();
        try {
            node.broker().connect(Deadline.in(clock, options.settings().brief()));
        } catch (NodeException e) {
            throw new StartException("--broker " + options.broker() + ": " + e.getMessage()
                    + "; legal is the address of a Redis server that is running");
        } finally {
            stop.forbidInterrupt();
        }
        node.broker().hangUp();
    }
}
