package vmtestd;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.Journal;
import vmtestd.cleanup.LockFile;
import vmtestd.cleanup.StopSignal;
import vmtestd.node.Node;
import vmtestd.report.Log;
import vmtestd.report.LogLine;
import vmtestd.report.Notifiers;
import vmtestd.report.RunLog;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.status.HttpEndpoint;
import vmtestd.status.Metrics;
import vmtestd.status.RunStore;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.Detached;
import vmtestd.time.GoDuration;
import vmtestd.zbus.CallListener;
import vmtestd.zbus.ZbusClient;
import vmtestd.zbus.ZbusException;

/** vmtestd as a service: takes the lock of its root, and connects the schedule, the runs and all that reports them. */
final class Daemon {
    /** {@code --check} takes the lock for a moment, to see whether it is free. */
    private static final Duration LOCK_PATIENCE = Duration.ofMillis(500);

    private final Options options;
    private final Logger log;
    private final Clock clock;
    private final StopSignal stop;
    private final Duration advance;
    private final Disk disk;
    private final LockFile lock;
    /** Whether another daemon has taken the lock. */
    private volatile boolean replaced;

    /** @param advance how much sooner than an interval after the first run the second one is due */
    Daemon(Options options, Logger log, Clock clock, StopSignal stop, Duration advance) {
        this.options = options;
        this.log = log;
        this.clock = clock;
        this.stop = stop;
        this.advance = advance;
        disk = new Disk(options.settings().queryTimeout(), stop);
        lock = new LockFile(options.root().resolve("daemon.lock"), disk);
    }

    /**
     * Runs on schedule until a stop is requested. The lock is released by the end of the process.
     *
     * @throws StartException if the root or the broker cannot be used, or another daemon has the lock
     */
    void run() throws StartException, InterruptedException {
        if (!takeLock(false)) {
            throw anotherDaemon();
        }
        options.warnings().forEach(log::warning);
        checkBroker();
        log.info(new LogLine("vmtestd started").with("version", Options.VERSION).with("broker", options.broker())
                .with("interval", options.interval()).with("flist", options.settings().flist()).toString());
        Metrics metrics = new Metrics(Options.VERSION, clock.now(), options.settings().scenarios());
        Consumer<String> warnings = words -> log.warning(LogLine.warn(words));
        Consumer<Throwable> bugs = bug -> log.log(Level.SEVERE, "internal error", bug);
        // A disk of its own: a history that cannot be written must not block the journal.
        RunStore store = new RunStore(options.root(), new Disk(options.settings().queryTimeout(), stop), metrics, options.interval(),
                options.settings().maxRunDuration(), options.settings().scenarios(), clock, warnings);
        Notifiers notifiers = new Notifiers(options.report(), node(metrics, CallListener.NONE), Notifiers.FLAG_FILE, options.expiry(), clock, warnings);
        RunListener listener = new RunLog(log) {
            @Override
            public void runStarted(String id) {
                super.runStarted(id);
                store.runStarted();
            }

            @Override
            public void leftoverRemoved(Journal.Kind kind) {
                metrics.leftoverRemoved(kind);
            }

            @Override
            public void runEnded(RunReport report) {
                try {
                    super.runEnded(report);
                } finally {
                    store.runEnded(report);
                    notifiers.runEnded(report);
                }
            }
        };
        Runner runner = new Runner(options.root(), disk, node(metrics, store::callEnded), options.settings(), clock, stop, listener);
        if (options.listen() != null) {
            Detached.start("listen", () -> listen(store, bugs));
        }
        new RunLoop(options.interval(), options.settings().maxRunDuration(), clock, stop, log, metrics::runsSkipped, advance).run(() -> {
            try {
                if (takeLock(true)) {
                    runner.run();
                } else {
                    replaced = true;
                    stop.request();
                }
            } catch (StartException e) {
                log.severe(new LogLine("no run").with("detail", e.getMessage()).toString());
                store.setLocalError(e.getMessage());
            } catch (InterruptedException e) {
                log.fine("stopped before a run");
            }
        });
        if (replaced) {
            throw anotherDaemon();
        }
        notifiers.finish(stop);
        store.save();
        log.info("vmtestd stopped");
    }

    private Node node(Metrics metrics, CallListener listener) {
        CallListener calls = Log.calls(log);
        return Main.node(options, clock, call -> {
            metrics.callEnded(call);
            calls.ended(call);
            listener.ended(call);
        });
    }

    /** Opens the HTTP endpoint once its address can be used. Not on the thread of the runs: a resolver may hang. */
    private InetSocketAddress listen(RunStore store, Consumer<Throwable> bugs) throws InterruptedException {
        for (boolean first = true;; first = false) {
            try {
                InetSocketAddress bound = new HttpEndpoint(options.listen(), store, bugs).address();
                log.info(new LogLine("listening").with("address", bound.toString().replaceFirst(".*/", "")).toString());
                return bound;
            } catch (IOException | RuntimeException | Error e) {
                if (first) {
                    log.severe("--listen " + options.listen().toString().replaceFirst("/<unresolved>", "") + ": "
                            + (e instanceof IOException ? e.getMessage() : e)
                            + "; legal is an unused address of this machine; retrying every " + GoDuration.format(options.interval()));
                }
            }
            clock.sleep(options.interval());
        }
    }

    /** Returns false if another process still holds the lock after {@link #LOCK_PATIENCE}. Takes it again if its file was removed. */
    private boolean takeLock(boolean again) throws StartException, InterruptedException {
        try {
            if (lock.isHeld()) {
                return true;
            }
            if (!lock.take(LOCK_PATIENCE, clock, stop)) {
                return false;
            }
            if (again) {
                log.warning("daemon.lock was removed or replaced, and is taken again");
            }
            return true;
        } catch (IOException e) {
            throw Runner.unusable(options.root(), e);
        }
    }

    private StartException anotherDaemon() throws StartException {
        try {
            return new StartException("--root " + options.root() + ": " + LockFile.holder(options.root().resolve("daemon.lock"))
                    + " is the daemon of this directory; legal is a directory of its own for each daemon");
        } catch (IOException e) {
            throw Runner.unusable(options.root(), e);
        }
    }

    /** A daemon that cannot connect when it starts is probably misconfigured. A broker that fails later is a failed run. */
    private void checkBroker() throws StartException {
        stop.allowInterrupt();
        try (ZbusClient broker = new ZbusClient(options.broker(), clock, CallListener.NONE)) {
            broker.connect(Deadline.in(clock, options.settings().queryTimeout()));
        } catch (ZbusException e) {
            throw new StartException("--broker " + options.broker() + ": " + e.getMessage()
                    + "; legal is the address of a running Redis server");
        } catch (InterruptedException e) {
            // A stop was requested: there will be no run.
        } finally {
            stop.forbidInterrupt();
        }
    }
}
