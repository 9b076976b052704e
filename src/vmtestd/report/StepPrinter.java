package vmtestd.report;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import vmtestd.check.RunObserver;
import vmtestd.check.RunReport;
import vmtestd.check.Step;
import vmtestd.check.StepResult;
import vmtestd.check.Verdict;

/** Shows a run to the person who started it by hand: a line a step while it happens, then the verdict. */
public final class StepPrinter implements RunObserver {
    private final PrintStream out;
    private boolean inRun;
    /** Whether a step's name stands on a line that is not ended yet. */
    private boolean lineOpen;

    public StepPrinter(PrintStream out) {
        this.out = out;
    }

    @Override
    public void runStarted(String id) {
        inRun = true;
        out.println("test VM " + id);
    }

    @Override
    public void stepStarted(Step step) {
        out.printf("  %-8s", step);
        out.flush();
        lineOpen = true;
    }

    @Override
    public void stepEnded(StepResult result) {
        if (!lineOpen) {
            out.printf("  %-8s", result.step());
        }
        Verdict.Failed failure = result.failure();
        String learnt = failure == null ? result.note() : failure.cause() + ": " + failure.detail();
        String line = String.format("%8s  %-6s  %s", seconds(result.took()), failure == null ? "ok" : "FAILED", OneLine.of(learnt));
        out.println(line.stripTrailing());
        lineOpen = false;
    }

    @Override
    public void notice(String words) {
        if (lineOpen) {
            out.println();
            lineOpen = false;
        }
        out.println((inRun ? "  note: " : "") + OneLine.of(words));
    }

    @Override
    public void runEnded(RunReport report) {
        if (!report.consoleLog().isEmpty()) {
            out.println("the VM's console log ends:");
            report.consoleLog().lines().forEach(line -> out.println("  | " + OneLine.of(line)));
        }
        if (report.verdict() instanceof Verdict.Failed failure) {
            out.println("FAILED at " + failure.step() + " (" + failure.cause() + ") after " + seconds(report.took()));
            out.println("  " + OneLine.of(failure.detail()));
        } else {
            out.println("PASSED in " + seconds(report.took()));
        }
    }

    private static String seconds(Duration span) {
        return String.format(Locale.ROOT, "%.2f s", span.toMillis() / 1000.0);
    }
}
