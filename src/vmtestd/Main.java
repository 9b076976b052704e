package vmtestd;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Logger;
import vmtestd.check.RunObserver;
import vmtestd.check.StopSignal;
import vmtestd.node.Node;
import vmtestd.node.NodeException;
import vmtestd.report.Log;
import vmtestd.report.LogLine;
import vmtestd.report.OneLine;
import vmtestd.report.RunLog;
import vmtestd.report.StepPrinter;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** Reads the flags, wires the parts, and turns what comes of it into an exit status. */
public final class Main {
    private static final int GOOD = 0;
    private static final int TEST_FAILED = 1;
    private static final int WRONG_USAGE = 2;
    private static final int COULD_NOT_START = 3;

    private final PrintStream out;
    private final StopSignal stop;
    private final Clock clock = Clock.system();

    private Main(PrintStream out, StopSignal stop) {
        this.out = out;
        this.stop = stop;
    }

    /** Runs the program and exits. */
    public static void main(String[] args) {
        // UTF-8 whatever the locale, and no character lost between a crash and a full buffer.
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        StopSignal stop = new StopSignal();
        Signals signals = new Signals(stop);
        signals.install();
        int status = COULD_NOT_START;
        try {
            status = new Main(out, stop).run(args, err);
        } catch (RuntimeException | Error e) {
            err.println(OneLine.of("vmtestd: this is a bug, or a lack of memory: " + e));
        } finally {
            signals.ended(status);
        }
        System.exit(status);
    }

    private int run(String[] args, PrintStream err) {
        try {
            Options options = Options.parse(args);
            return switch (options.mode()) {
                case HELP -> print(Options.help());
                case VERSION -> print("vmtestd " + Options.VERSION + "\n");
                case ONCE -> once(options);
                case SWEEP -> sweep(options);
                case DAEMON -> daemon(options);
            };
        } catch (UsageException e) {
            err.println(OneLine.of("vmtestd: " + e.getMessage()));
            return WRONG_USAGE;
        } catch (StartException e) {
            err.println(OneLine.of("vmtestd: " + e.getMessage()));
            return COULD_NOT_START;
        } catch (InterruptedException e) {
            err.println("vmtestd: told to stop before it was done");
            return TEST_FAILED;
        }
    }

    private int print(String text) {
        out.print(text);
        out.flush();
        return GOOD;
    }

    /** One run by hand, in the foreground. */
    private int once(Options options) throws StartException, InterruptedException {
        return runner(options, new StepPrinter(out)).run().passed() ? GOOD : TEST_FAILED;
    }

    /** No run: only what earlier ones have left is removed. */
    private int sweep(Options options) throws StartException, InterruptedException {
        return runner(options, new StepPrinter(out)).sweep() ? GOOD : TEST_FAILED;
    }

    private Runner runner(Options options, RunObserver observer) {
        Node node = Node.at(options.broker(), clock);
        return new Runner(options.root(), node, options.settings(), clock, stop, observer);
    }

    /** Runs on schedule, until a signal. */
    private int daemon(Options options) throws StartException {
        Logger log = Log.to(out, options.debug());
        LockFile lock = takeDaemonLock(options.root());
        try {
            checkBroker(Node.at(options.broker(), clock), options);
            log.info(new LogLine("vmtestd started").with("version", Options.VERSION).with("broker", options.broker())
                    .with("interval", options.interval()).with("flist", Flags.withoutPassword(options.settings().flist())).toString());
            Runner runner = runner(options, new RunLog(log));
            Daemon daemon = new Daemon(() -> runAndLog(runner, log), options.interval(), clock, log);
            if (!daemon.serve(stop, options.settings().longestRun())) {
                log.severe("the run in progress did not end in the time that bounds it");
                return TEST_FAILED;
            }
            log.info("vmtestd stopped");
            return GOOD;
        } catch (InterruptedException e) {
            log.info("vmtestd stopped before its first run");
            return GOOD;
        } finally {
            lock.close();
        }
    }

    private static void runAndLog(Runner runner, Logger log) {
        try {
            runner.run();
        } catch (StartException e) {
            log.severe(new LogLine("no run").with("detail", e.getMessage()).toString());
        } catch (InterruptedException e) {
            log.fine("told to stop before a run");
        }
    }

    private static LockFile takeDaemonLock(Path root) throws StartException {
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

    private void checkBroker(Node node, Options options) throws StartException, InterruptedException {
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
