package vmtestd;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.LockFile;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.Node;
import vmtestd.node.NodeException;
import vmtestd.node.ProcFs;
import vmtestd.report.CallLog;
import vmtestd.report.LogLine;
import vmtestd.report.Notifiers;
import vmtestd.report.RunListeners;
import vmtestd.report.RunLog;
import vmtestd.run.RunReport;
import vmtestd.run.Failure;
import vmtestd.status.Metrics;
import vmtestd.status.RunStore;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** vmtestd as a service: its lock, its schedule, and all who are told of its runs. */
public final class Service {
    private final Options options;
    private final Logger log;
    private final Clock clock;
    private final StopSignal stop;
    private final Instant started;
    private final Disk disk;
    private final LockFile lock;
    private Listener listener;
    private RunStore store;
    private volatile boolean lockLost;

    Service(Options options, Logger log, Clock clock, StopSignal stop) {
        this.options = options;
        this.log = log;
        this.clock = clock;
        this.stop = stop;
        started = clock.now();
        disk = new Disk(options.settings().queryTimeout(), stop);
        lock = new LockFile(options.root().resolve("daemon.lock"));
    }

    /**
     * Does runs on schedule, until a signal. The lock is released by the end of the process.
     *
     * @return whether the last run ended in the time that bounds it
     */
    boolean run() throws StartException {
        takeLock();
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
        }
    }

    private boolean serve() throws InterruptedException, StartException {
        Metrics metrics = new Metrics(Options.VERSION, options.interval(), started);
        Consumer<String> complaints = words -> log.warning(LogLine.warn(words));
        // A disk of its own: a history that cannot be written must not keep the journal from it.
        store = new RunStore(options.root(), new Disk(options.settings().queryTimeout(), stop), metrics, options.interval(),
                options.settings().maxRunDuration(), clock, complaints);
        Notifiers channels = new Notifiers(options.report(), node(metrics), Notifiers.FLAG_FILE, options.expiry(), clock, complaints);
        RunListeners observers = new RunListeners(List.of(new RunLog(log), store, channels),
                bug -> log.log(Level.SEVERE, "a report broke off: this is a bug of vmtestd or a lack of memory", bug));
        Runner runner = new Runner(options.root(), disk, node(metrics), options.settings(), clock, stop, observers);
        Daemon daemon = new Daemon(() -> run(runner), options.interval(), options.settings().maxRunDuration(), clock, log, metrics::runsSkipped);
        listener = new Listener(options.listen(), store, log);
        try {
            if (!daemon.serve(stop)) {
                log.severe("the run in progress did not end in the time that bounds it");
                return false;
            }
            if (lockLost) {
                throw anotherDaemon();
            }
            channels.finish(stop);
            store.save();
            log.info("vmtestd stopped");
            return true;
        } finally {
            listener.close();
        }
    }

    private Node node(Metrics metrics) {
        CallLog calls = new CallLog(log);
        return Node.at(options.broker(), clock, call -> {
            metrics.callEnded(call);
            calls.ended(call);
        }).withProc(new ProcFs(options.procfs()), clock);
    }

    private void run(Runner runner) {
        listener.open();
        try {
            if (!keepLock()) {
                lockLost = true;
                stop.request();
                return;
            }
            RunReport report = runner.run();
            Failure failure = report.failure();
            store.setLocalError(failure != null && failure.cause() == Cause.LOCAL_ERROR ? failure.detail() : "");
        } catch (StartException e) {
            store.setLocalError(e.getMessage());
            log.severe(new LogLine("no run").with("detail", e.getMessage()).toString());
        } catch (InterruptedException e) {
            log.fine("told to stop before a run");
        }
    }

    private void takeLock() throws StartException {
        try {
            if (!Runner.take(options.root(), lock, disk)) {
                throw anotherDaemon();
            }
        } catch (IOException e) {
            throw Runner.unusable(options.root(), e);
        }
    }

    /** Takes the lock again if its file was removed or replaced. Returns whether this is still the daemon of its root. */
    private boolean keepLock() throws StartException {
        try {
            if (!disk.run("looking at daemon.lock", lock::isHeld)) {
                if (!Runner.take(options.root(), lock, disk)) {
                    return false;
                }
                log.warning("daemon.lock had been removed or replaced, and is taken again");
            }
            return true;
        } catch (IOException e) {
            throw Runner.unusable(options.root(), e);
        }
    }

    private StartException anotherDaemon() throws StartException {
        try {
            return new StartException("--root " + options.root() + ": " + Runner.holder(lock, disk)
                    + " is the daemon of this folder; legal is a folder of its own for each daemon");
        } catch (IOException e) {
            throw Runner.unusable(options.root(), e);
        }
    }

    private void checkBroker() throws StartException, InterruptedException {
        Node node = Node.at(options.broker(), clock);
        stop.allowInterrupt();
        try {
            node.broker().connect(Deadline.in(clock, options.settings().queryTimeout()));
        } catch (NodeException e) {
            throw new StartException("--broker " + options.broker() + ": " + e.getMessage()
                    + "; legal is the address of a Redis server that is running");
        } finally {
            stop.forbidInterrupt();
        }
        node.broker().disconnect();
    }
}
