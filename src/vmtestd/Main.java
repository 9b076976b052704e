package vmtestd;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import vmtestd.Options.Mode;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.StopSignal;
import vmtestd.cli.CheckPrinter;
import vmtestd.cli.Progress;
import vmtestd.cli.Terminal;
import vmtestd.node.Node;
import vmtestd.preflight.Preflight;
import vmtestd.report.Log;
import vmtestd.report.LogText;
import vmtestd.report.NonBlockingOutput;
import vmtestd.report.Notifiers;
import vmtestd.report.Style;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.status.Slo;
import vmtestd.status.Status;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.CallListener;
import vmtestd.zbus.ZbusClient;

/** Reads the flags, runs what they ask for, and returns the outcome as the exit status. */
public final class Main {
    private static final int GOOD = 0;
    private static final int TEST_FAILED = 1;
    private static final int WRONG_USAGE = 2;
    private static final int COULD_NOT_START = 3;

    /** For a reader such as a pager. */
    private static final Duration MAX_READING = Duration.ofHours(24);

    private final NonBlockingOutput stdout;
    private final PrintStream out;
    private final StopSignal stop;
    private final Clock clock = Clock.system();

    private Main(NonBlockingOutput stdout, StopSignal stop) {
        this.stdout = stdout;
        out = new PrintStream(stdout, false, StandardCharsets.UTF_8);
        this.stop = stop;
    }

    public static void main(String[] args) {
        NonBlockingOutput stdout = new NonBlockingOutput(new FileOutputStream(FileDescriptor.out), "stdout");
        NonBlockingOutput stderr = new NonBlockingOutput(new FileOutputStream(FileDescriptor.err), "stderr");
        // UTF-8 in every locale. The JDK too prints to it: exceptions that nothing catches.
        System.setErr(new PrintStream(stderr, false, StandardCharsets.UTF_8));
        StopSignal stop = new StopSignal();
        Signals signals = new Signals(stop, stdout, stderr);
        signals.install();
        int status = COULD_NOT_START;
        try {
            status = new Main(stdout, stop).run(args);
        } catch (StartException e) {
            printError(e.getMessage());
        } catch (InterruptedException e) {
            printError("stopped before it was done");
            status = TEST_FAILED;
        } catch (RuntimeException | Error e) {
            printError("internal error: " + e);
        } finally {
            signals.exit(status);
        }
    }

    private static void printError(String words) {
        System.err.println(LogText.of("vmtestd: " + words));
    }

    private int run(String[] args) throws StartException, InterruptedException {
        Options options;
        try {
            options = Options.parse(args);
        } catch (IllegalArgumentException e) {
            printError(e.getMessage());
            return WRONG_USAGE;
        }
        Terminal terminal = Terminal.of(out, options.debug(), System.getenv());
        if (Set.of(Mode.ONCE, Mode.SWEEP, Mode.CHECK).contains(options.mode())) {
            options.warnings().forEach(Main::printError);
        }
        return switch (options.mode()) {
            case HELP -> print(Options.HELP, GOOD);
            case VERSION -> print(Version.text(), GOOD);
            case STATUS -> status(options, terminal);
            case CHECK -> check(options, terminal);
            case SWEEP -> runner(options, progress(options, terminal, Map.of())).sweep() ? GOOD : TEST_FAILED;
            case ONCE -> {
                Progress progress = progress(options, terminal, usualDurations(options));
                Notifiers notifiers = new Notifiers(options.report(), node(options, clock, calls(options)), Notifiers.FLAG_FILE,
                        options.expiry(), clock, progress::warn);
                RunReport report = runner(options, progress).run();
                notifiers.runEnded(report);
                notifiers.finish(stop);
                yield report.passed() ? GOOD : TEST_FAILED;
            }
            case DAEMON -> {
                new Daemon(options, Log.to(out, options.debug()), clock, stop, RunLoop.advance(options.interval())).run();
                yield GOOD;
            }
        };
    }

    /**
     * Prints the rest of a mode whose only result is its output.
     *
     * @return the status
     * @throws StartException if the output could not all be written: the status alone would be misleading
     */
    private int print(String text, int status) throws StartException, InterruptedException {
        out.print(text);
        stop.allowInterrupt();
        try {
            String error = stdout.awaitWritten(Deadline.in(clock, MAX_READING));
            if (!error.isEmpty()) {
                throw new StartException("standard output cannot be written: " + error);
            }
            return status;
        } finally {
            stop.forbidInterrupt();
        }
    }

    private int status(Options options, Terminal terminal) throws StartException, InterruptedException {
        try {
            Status status = disk(options).run("reading it", () -> Status.read(options.root(), clock.now()));
            if (!options.failure().isEmpty()) {
                String run = status.failure(options.failure(), options.json(), terminal.style());
                if (run == null) {
                    throw new StartException("--failure " + options.failure() + ": not one of the failed runs that vmtestd --status knows");
                }
                return print(run, GOOD);
            }
            Slo slo = options.slo();
            return print(options.json() ? status.json(slo) : status.text(options.root(), terminal.style(), slo), status.exitStatus(slo));
        } catch (IOException e) {
            throw new StartException("--root " + options.root() + ": " + e.getMessage());
        }
    }

    private int check(Options options, Terminal terminal) throws StartException, InterruptedException {
        Function<Deadline, Node> nodeUntil = end ->
                new Node(new ZbusClient(options.broker(), clock, calls(options), end), options.procfs());
        Style style = terminal.style();
        return new Preflight(nodeUntil, options.root(), options.settings(), clock, stop, new CheckPrinter(terminal)).run()
                ? print(style.good("a run could start") + "\n", GOOD)
                : print(style.bad("no run could start, or it would fail") + "\n", TEST_FAILED);
    }

    /** Returns the medians of the daemon's runs; without a history that can be read, nothing. */
    private Map<Step, Duration> usualDurations(Options options) {
        try {
            return disk(options).run("reading the history", () -> Status.read(options.root(), clock.now())).medians();
        } catch (IOException e) {
            return Map.of();
        }
    }

    private Progress progress(Options options, Terminal terminal, Map<Step, Duration> usual) {
        return new Progress(terminal, options.settings().waitTime(), usual, options.nodeFlags(), clock);
    }

    private Runner runner(Options options, RunListener listener) {
        return new Runner(options.root(), disk(options), node(options, clock, calls(options)), options.settings(), clock, stop, listener);
    }

    static Node node(Options options, Clock clock, CallListener calls) {
        return new Node(new ZbusClient(options.broker(), clock, calls), options.procfs());
    }

    private Disk disk(Options options) {
        return new Disk(options.settings().queryTimeout(), stop);
    }

    private CallListener calls(Options options) {
        return options.debug() ? Log.calls(Log.to(out, true)) : CallListener.NONE;
    }
}
