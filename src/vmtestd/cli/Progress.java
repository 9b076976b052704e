package vmtestd.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import vmtestd.report.LogText;
import vmtestd.run.Failure;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;
import vmtestd.time.Clock;
import vmtestd.time.Detached;
import vmtestd.time.GoDuration;

/**
 * Shows a run by hand, one line per event. On a terminal, a thread also redraws the line of the current step: a spinner or
 * a bar, the time so far, and what the step does.
 */
public final class Progress implements RunListener {
    private static final Duration FRAME = Duration.ofMillis(100);
    private static final String SPINNER = "|/-\\";
    private static final int BAR = 20;
    /** Moves to the beginning of the line and erases it. */
    private static final String ERASE = "\r\u001b[K";

    /** Keeps a frame on one line even if the terminal has become narrower. */
    private static final String NO_WRAP = "\u001b[?7l";
    private static final String WRAP = "\u001b[?7h";

    private final Terminal terminal;
    private final Duration waitTime;
    private final Map<Step, Duration> usual;
    private final String sameNode;
    private final Clock clock;
    private boolean inRun;
    /** The current step, or null. */
    private Step step;
    private long began;

    /**
     * @param waitTime the length of the wait step
     * @param usual what the steps took in earlier runs; may be empty
     * @param sameNode the flags with which another command finds the same node and files
     */
    public Progress(Terminal terminal, Duration waitTime, Map<Step, Duration> usual, String sameNode, Clock clock) {
        this.terminal = terminal;
        this.waitTime = waitTime;
        this.usual = usual;
        this.sameNode = sameNode;
        this.clock = clock;
    }

    @Override
    public synchronized void runStarted(String id) {
        inRun = true;
        println("test VM " + id);
        if (terminal.live()) {
            Detached.start("screen", () -> {
                while (true) {
                    clock.sleep(FRAME);
                    draw();
                }
            });
        }
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
        Failure failure = result.failure();
        String mark = failure == null ? terminal.style().good("ok") : terminal.style().bad("!!");
        Duration usually = usual.get(result.step());
        String head = String.format(" %-8s%9s  ", result.step(), RunSummary.seconds(result.took()))
                + (usually == null ? "" : String.format("%-19s", "(usually " + RunSummary.seconds(usually) + ")"));
        // The summary shows the whole text of a failure.
        println(("  " + mark + head + cut(LogText.of(failure == null ? result.note() : failure.cause() + ": " + failure.detail()),
                terminal.width() - "  ok".length() - head.length())).stripTrailing());
    }

    @Override
    public synchronized void warn(String words) {
        println((inRun ? "  note: " : "") + LogText.of(words));
        draw();
    }

    @Override
    public synchronized void runEnded(RunReport report) {
        step = null;
        RunSummary.print(report, terminal, sameNode);
    }

    private void println(String line) {
        terminal.out().println((terminal.live() ? ERASE : "") + line);
    }

    private synchronized void draw() {
        if (step == null || !terminal.live()) {
            return;
        }
        double seconds = (clock.nanoTime() - began) / 1e9;
        boolean bar = step == Step.WAIT && !waitTime.isZero();
        String line = String.format(Locale.ROOT, "  %s  %-8s%7.1f s  %s",
                bar ? bar(seconds) : SPINNER.charAt((int) (seconds * 10) % SPINNER.length()), step, seconds,
                bar ? "of " + GoDuration.format(waitTime) : step.doing());
        terminal.out().print(ERASE + NO_WRAP + cut(line, terminal.width()) + WRAP);
        terminal.out().flush();
    }

    private static String cut(String text, int width) {
        return LogText.wrap(text, width, 1).get(0);
    }

    private String bar(double seconds) {
        int done = (int) Math.min(BAR, BAR * seconds / (waitTime.toNanos() / 1e9));
        return "[" + "=".repeat(done) + " ".repeat(BAR - done) + "]";
    }
}
