package vmtestd;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import vmtestd.cleanup.StopSignal;
import vmtestd.report.Log;
import vmtestd.time.Clock;

/**
 * The service as it is, but that its clock stands still during a run and leaps at its end to just before the next
 * one is due. After so many runs the clock goes on as usual, and the service waits out its interval.
 *
 * <p>Arguments: how many runs, then those of vmtestd.
 */
final class RunsThenIdle extends Handler implements Clock {
    /** What is left of the interval between two runs. */
    private static final Duration PAUSE = Duration.ofMillis(1);

    private final Clock system = Clock.system();
    private final Duration interval;
    private final int runs;
    /** Where the clock stands at present, and the system's when it began to go on; 0 while it stands. */
    private long stands;
    private long wentOn;
    private long first;
    private int done;

    private RunsThenIdle(Duration interval, int runs) {
        this.interval = interval;
        this.runs = runs;
        wentOn = system.nanoTime();
    }

    public static void main(String[] args) throws Exception {
        Options options = Options.parse(Arrays.copyOfRange(args, 1, args.length));
        RunsThenIdle clock = new RunsThenIdle(options.interval(), Integer.parseInt(args[0]));
        Logger log = Log.to(new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8), false);
        log.addHandler(clock);
        new Daemon(options, log, clock, new StopSignal(), Duration.ZERO).run();
    }

    @Override
    public synchronized long nanoTime() {
        return wentOn == 0 ? stands : stands + system.nanoTime() - wentOn;
    }

    @Override
    public Instant now() {
        return system.now();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        system.sleep(duration);
    }

    /** Each run has one summary line, written when it has ended. */
    @Override
    public synchronized void publish(LogRecord record) {
        if (record.getMessage().startsWith("vmtestd started")) {
            first = nanoTime();
            stands = first;
            wentOn = 0;
        } else if (record.getMessage().startsWith("vm test ")) {
            done++;
            if (done < runs) {
                stands = first + interval.toNanos() * done - PAUSE.toNanos();
            } else {
                wentOn = system.nanoTime();
            }
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
