package vmtestd.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import vmtestd.report.LogText;
import vmtestd.report.Style;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;
import vmtestd.run.Failure;
import vmtestd.time.Clock;
import vmtestd.time.GoDuration;

/**
 * Shows a run by hand on a terminal. The step that is going on is a line that changes: what it does, a
 * spinner or a bar, and the time so far. One that has ended stays as a line. A thread draws while a step
 * goes on.
 */
public final class ProgressScreen implements RunListener {
    private static final Duration FRAME = Duration.ofMillis(100);
    private static final String SPINNER = "|/-\\";
    private static final int BAR = 20;
    /** To the beginning of the line, and all of it erased. */
    private static final String ERASE = "\r\u001b[K";

    /** A line that is longer than a terminal has become meanwhile must not take a second one. */
    private static final String NO_WRAP = "\u001b[?7l";
    private static final String WRAP = "\u001b[?7h";

    private final PrintStream out;
    private final Style style;
    private final int width;
    private final Duration waitTime;
    private final String sameNode;
    private final Clock clock;
    private final Thread painter = new Thread(this::paint, "screen");
    /** The step that is going on, and when it began; null for none. */
    private Step step;
    private long began;
    private long deployed;
    private int frame;
    private boolean inRun;

    /**
     * @param width columns of the terminal
     * @param waitTime how long the wait takes
     * @param sameNode the flags with which another command finds the same node and files
     */
    public ProgressScreen(PrintStream out, Style style, int width, Duration waitTime, String sameNode, Clock clock) {
        this.sameNode = sameNode;
        this.out = out;
        this.style = style;
        this.width = width;
        this.waitTime = waitTime;
        this.clock = clock;
        painter.setDaemon(true);
    }

    @Override
    public synchronized void runStarted(String id) {
        inRun = true;
        out.println("test VM " + id);
        painter.start();
    }

    @Override
    public synchronized void stepStarted(Step started) {
        step = started;
        // The VM has to live from the end of deploy.
        began = started == Step.WAIT ? deployed : clock.nanoTime();
        draw();
    }

    @Override
    public synchronized void stepEnded(StepResult result) {
        step = null;
        deployed = result.step() == Step.DEPLOY ? clock.nanoTime() : deployed;
        Failure failure = result.failure();
        String learnt = failure == null ? result.note() : failure.cause() + ": " + failure.detail();
        String head = String.format("%-8s%9s  ", result.step(), RunSummary.seconds(result.took()));
        String mark = failure == null ? style.good("ok") : style.bad("!!");
        // Two blanks, the mark, one blank. Of a failure more is said below.
        int room = width - 1 - 5 - head.length();
        String shown = LogText.of(learnt);
        out.println(ERASE + "  " + mark + " " + head + (failure == null ? shorten(shown, room) : LogText.wrap(shown, room, 1).get(0)));
    }

    @Override
    public synchronized void warn(String words) {
        out.println((step == null ? "" : ERASE) + (inRun ? "  note: " : "") + LogText.of(words));
        draw();
    }

    @Override
    public synchronized void runEnded(RunReport report) {
        step = null;
        painter.interrupt();
        RunSummary.of(report, style, width - 1, sameNode).forEach(out::println);
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
        Duration so = Duration.ofNanos(clock.nanoTime() - began);
        String time = String.format(Locale.ROOT, "%.1f s", so.toMillis() / 1000.0);
        String line = step == Step.WAIT && !waitTime.isZero()
                ? String.format("  %s  %-8s%9s  %s", bar(so), step, time, "of " + GoDuration.format(waitTime))
                : String.format("  %c  %-8s%9s  %s", SPINNER.charAt(frame++ % SPINNER.length()), step, time, doing(step));
        out.print(ERASE + NO_WRAP + shorten(line, width - 1) + WRAP);
        out.flush();
    }

    private String bar(Duration so) {
        int done = (int) Math.min(BAR, BAR * (double) so.toNanos() / waitTime.toNanos());
        return "[" + "=".repeat(done) + " ".repeat(BAR - done) + "]";
    }

    private static String doing(Step step) {
        return switch (step) {
            case CONNECT -> "calling the broker";
            case LIST -> "asking vmd for its VMs, removing leftovers";
            case MOUNT -> "having the flist mounted";
            case INSPECT -> "looking for what to boot";
            case DEPLOY -> "having the VM started";
            case BOOT -> "waiting for the guest's userland";
            case WAIT -> "letting the VM live";
            case VERIFY -> "looking whether it lives";
            case DELETE -> "having the VM deleted";
            case UNMOUNT -> "having the flists unmounted";
        };
    }

    /** A text that fits, without its middle if need be: a path is known by its ends. */
    static String shorten(String text, int room) {
        if (text.length() <= room) {
            return text;
        }
        int head = Math.max(0, (room - LogText.CUT.length()) / 3);
        int tail = Math.max(0, room - LogText.CUT.length() - head);
        return text.substring(0, LogText.cutAt(text, head)) + LogText.CUT + text.substring(LogText.cutAt(text, text.length() - tail));
    }
}
