package vmtestd;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.StopSignal;
import vmtestd.cli.CheckPrinter;
import vmtestd.cli.ProgressPrinter;
import vmtestd.cli.ProgressScreen;
import vmtestd.node.Node;
import vmtestd.node.ProcFs;
import vmtestd.preflight.Preflight;
import vmtestd.cli.Terminal;
import vmtestd.report.CallLog;
import vmtestd.report.Log;
import vmtestd.report.LogText;
import vmtestd.report.NonBlockingOutput;
import vmtestd.report.Notifiers;
import vmtestd.report.RunListeners;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.status.Status;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.CallListener;

/** Reads the flags, wires the parts, and turns what comes of it into an exit status. */
public final class Main {
    private static final int GOOD = 0;
    private static final int TEST_FAILED = 1;
    private static final int WRONG_USAGE = 2;
    private static final int COULD_NOT_START = 3;

    /** For what is still to be written when the program ends. */
    private static final Duration LAST_OUTPUT = Duration.ofMillis(500);
    /** A reader, such as a pager, may take its time over a result. */
    private static final Duration LONGEST_READING = Duration.ofHours(24);

    private final NonBlockingOutput stdout;
    private final PrintStream out;
    private final StopSignal stop;
    private final Clock clock = Clock.system();

    private Main(NonBlockingOutput stdout, StopSignal stop) {
        this.stdout = stdout;
        out = new PrintStream(stdout, false, StandardCharsets.UTF_8);
        this.stop = stop;
    }

    /** Runs the program and exits. */
    public static void main(String[] args) {
        NonBlockingOutput stdout = new NonBlockingOutput(new FileOutputStream(FileDescriptor.out), "stdout");
        NonBlockingOutput stderr = new NonBlockingOutput(new FileOutputStream(FileDescriptor.err), "stderr");
        // UTF-8 whatever the locale.
        PrintStream err = new PrintStream(stderr, false, StandardCharsets.UTF_8);
        // The JDK prints to it the exceptions that nobody catches.
        System.setErr(err);
        StopSignal stop = new StopSignal();
        Signals signals = new Signals(stop, stdout, stderr);
        signals.install();
        int status = COULD_NOT_START;
        try {
            status = new Main(stdout, stop).run(args, err);
        } catch (RuntimeException | Error e) {
            err.println(LogText.of("vmtestd: this is a bug, or a lack of memory: " + e));
        } finally {
            awaitWritten(stdout, stderr);
            signals.ended(status);
        }
        System.exit(status);
    }

    private static void awaitWritten(NonBlockingOutput... outputs) {
        Deadline end = Deadline.in(Clock.system(), LAST_OUTPUT);
        try {
            for (NonBlockingOutput output : outputs) {
                output.awaitWritten(end);
            }
        } catch (InterruptedException e) {
            // Only while a run is going on does a stop interrupt this thread.
            Thread.currentThread().interrupt();
        }
    }

    private int run(String[] args, PrintStream err) {
        try {
            Options options = Options.parse(args);
            if (Set.of(Options.Mode.ONCE, Options.Mode.SWEEP, Options.Mode.CHECK).contains(options.mode())) {
                options.warnings().forEach(warning -> err.println(LogText.of("vmtestd: " + warning)));
            }
            return switch (options.mode()) {
                case HELP -> printed(Usage.help(), GOOD);
                case VERSION -> printed("vmtestd " + Options.VERSION + "\n", GOOD);
                case ONCE -> once(options);
                case SWEEP -> sweep(options);
                case CHECK -> check(options);
                case STATUS -> status(options);
                case DAEMON -> new Service(options, Log.to(out, options.debug()), clock, stop).run() ? GOOD : TEST_FAILED;
            };
        } catch (UsageException e) {
            err.println(LogText.of("vmtestd: " + e.getMessage()));
            return WRONG_USAGE;
        } catch (StartException e) {
            err.println(LogText.of("vmtestd: " + e.getMessage()));
            return COULD_NOT_START;
        } catch (InterruptedException e) {
            err.println("vmtestd: told to stop before it was done");
            return TEST_FAILED;
        }
    }

    /**
     * Prints the rest of a mode whose only result is its output.
     *
     * @return the status
     * @throws StartException if not all of the output could be written: the status alone would be misleading
     */
    private int printed(String text, int status) throws StartException, InterruptedException {
        out.print(text);
        stop.allowInterrupt();
        try {
            String failure = stdout.awaitWritten(Deadline.in(clock, LONGEST_READING));
            if (!failure.isEmpty()) {
                throw new StartException("standard output cannot be written: " + failure);
            }
            return status;
        } finally {
            stop.forbidInterrupt();
        }
    }

    /** One run by hand, in the foreground. */
    private int once(Options options) throws StartException, InterruptedException {
        RunListener screen = screen(options);
        Notifiers channels = new Notifiers(options.report(), Node.at(options.broker(), clock, calls(options)), Notifiers.FLAG_FILE,
                options.expiry(), clock, screen::warn);
        RunListener both = new RunListeners(List.of(screen, channels), bug -> screen.warn("a bug of vmtestd: " + bug));
        RunReport report = runner(options, both).run();
        channels.finish(stop);
        return report.passed() ? GOOD : TEST_FAILED;
    }

    private RunListener screen(Options options) {
        Map<String, String> environment = System.getenv();
        // Lines of the log between those of a screen would tear it.
        return Terminal.isThere(environment) && !options.debug()
                ? new ProgressScreen(out, Terminal.style(environment), Terminal.columns(environment), options.settings().waitTime(),
                        options.nodeFlags(), clock)
                : new ProgressPrinter(out, options.nodeFlags());
    }

    /** No run: whether one could start. */
    private int check(Options options) throws StartException, InterruptedException {
        Map<String, String> environment = System.getenv();
        CheckPrinter printer = new CheckPrinter(out, Terminal.style(environment),
                Terminal.isThere(environment) ? Terminal.columns(environment) : Integer.MAX_VALUE);
        boolean ready = new Preflight(end -> Node.until(end, options.broker(), clock, calls(options)).withProc(new ProcFs(options.procfs()), clock), options.root(), options.settings(),
                clock, stop, printer).run();
        printer.conclude(ready);
        return printed("", ready ? GOOD : TEST_FAILED);
    }

    /** No run: only what earlier ones have left is removed. */
    private int sweep(Options options) throws StartException, InterruptedException {
        return runner(options, new ProgressPrinter(out, options.nodeFlags())).sweep() ? GOOD : TEST_FAILED;
    }

    private Runner runner(Options options, RunListener observer) {
        Node node = Node.at(options.broker(), clock, calls(options)).withProc(new ProcFs(options.procfs()), clock);
        return new Runner(options.root(), disk(options), node, options.settings(), clock, stop, observer);
    }

    private Disk disk(Options options) {
        return new Disk(options.settings().queryTimeout(), stop);
    }

    private CallListener calls(Options options) {
        return options.debug() ? new CallLog(Log.to(out, true)) : CallListener.NONE;
    }

    /** How the daemon of this root has been doing, from its files alone. */
    private int status(Options options) throws StartException, InterruptedException {
        try {
            Status status = disk(options).run("reading it", () -> Status.read(options.root(), clock.now()));
            return printed(options.json() ? status.json() : status.text(options.root(), Terminal.style(System.getenv())), status.exitStatus());
        } catch (IOException e) {
            throw new StartException("--root " + options.root() + ": " + e.getMessage());
        }
    }
}
