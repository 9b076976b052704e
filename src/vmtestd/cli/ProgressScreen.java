package vmtestd.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import vmtestd.report.LogText;
import vmtestd.report.Style;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;
import vmtestd.time.Clock;
import vmtestd.time.GoDuration;

/**
 * Shows a run by hand on a terminal. A thread redraws the line of the current step: a spinner or a bar, the time so far,
 * and what the step does. The line of a step that has ended stays.
 */
public final class ProgressScreen extends ProgressPrinter {
    private static final Duration FRAME = Duration.ofMillis(100);
    private static final String SPINNER = "|/-\\";
    private static final int BAR = 20;
    /** Moves to the beginning of the line and erases it. */
    private static final String ERASE = "\r\u001b[K";

    /** Keeps a frame on one line even if the terminal has become narrower. */
    private static final String NO_WRAP = "\u001b[?7l";
    private static final String WRAP = "\u001b[?7h";

    private final Duration waitTime;
    private final Clock clock;
    private final Thread painter = new Thread(this::paint, "screen");
    /** The current step, or null. */
    private Step step;
    private long began;
    private int frame;

    /**
     * @param columns of the terminal
     * @param waitTime the length of the wait step
     * @param sameNode the flags with which another command finds the same node and files
     */
    public ProgressScreen(PrintStream out, Style style, int columns, Duration waitTime, String sameNode, Clock clock) {
        // Some terminals wrap once the last column is written.
        super(out, style, columns - 1, sameNode);
        this.waitTime = waitTime;
        this.clock = clock;
        painter.setDaemon(true);
    }

    @Override
    public synchronized void runStarted(String id) {
        super.runStarted(id);
        painter.start();
    }

    @Override
    public synchronized void stepStarted(Step started) {
        step = started;
        // The wait is measured from the end of deploy, which is where boot began.
        began = started == Step.WAIT ? began : clock.nanoTime();
        draw();
    }

    @Override
    public synchronized void stepEnded(StepResult result) {
        step = null;
        boolean passed = result.failure() == null;
        String head = String.format(" %-8s%9s  ", result.step(), RunSummary.seconds(result.took()));
        // The summary shows the whole text of a failure.
        String outcome = cut(outcome(result), width - "  ok".length() - head.length());
        out.println(ERASE + "  " + (passed ? style.good("ok") : style.bad("!!")) + head + outcome);
    }

    @Override
    public synchronized void warn(String words) {
        out.print(step == null ? "" : ERASE);
        super.warn(words);
        draw();
    }

    @Override
    public synchronized void runEnded(RunReport report) {
        step = null;
        painter.interrupt();
        super.runEnded(report);
    }

    private void paint() {
        try {
            while (true) {
                clock.sleep(FRAME);
                draw();
            }
        } catch (InterruptedException e) {
            // The run has ended.
        }
    }

    private synchronized void draw() {
        if (step == null) {
            return;
        }
        double seconds = (clock.nanoTime() - began) / 1e9;
        boolean bar = step == Step.WAIT && !waitTime.isZero();
        String line = String.format(Locale.ROOT, "  %s  %-8s%7.1f s  %s", bar ? bar(seconds) : SPINNER.charAt(frame++ % SPINNER.length()),
                step, seconds, bar ? "of " + GoDuration.format(waitTime) : doing(step));
        out.print(ERASE + NO_WRAP + cut(line, width) + WRAP);
        out.flush();
    }

    private static String cut(String text, int width) {
        return LogText.wrap(text, width, 1).get(0);
    }

    private String bar(double seconds) {
        int done = (int) Math.min(BAR, BAR * seconds / (waitTime.toNanos() / 1e9));
        return "[" + "=".repeat(done) + " ".repeat(BAR - done) + "]";
    }

    private static String doing(Step step) {
        return switch (step) {
            case CONNECT -> "connecting to the broker";
            case LIST -> "listing vmd's VMs, removing leftovers";
            case MOUNT -> "mounting the flist";
            case INSPECT -> "looking for what to boot";
            case DEPLOY -> "starting the VM";
            case BOOT -> "waiting for the guest's userland";
            case WAIT -> "letting the VM run";
            case VERIFY -> "checking that the VM still runs";
            case DELETE -> "deleting the VM";
            case UNMOUNT -> "unmounting the flists";
        };
    }
}
