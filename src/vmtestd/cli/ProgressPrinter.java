package vmtestd.cli;

import java.io.PrintStream;
import vmtestd.report.LogText;
import vmtestd.report.Style;
import vmtestd.run.Failure;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.run.StepResult;

/** Prints a run by hand if there is no terminal: one line per event, without control characters. */
public class ProgressPrinter implements RunListener {
    final PrintStream out;
    final Style style;
    final int width;
    private final String sameNode;
    private boolean inRun;

    /** @param sameNode the flags with which another command finds the same node and files */
    public ProgressPrinter(PrintStream out, String sameNode) {
        this(out, Style.PLAIN, Integer.MAX_VALUE, sameNode);
    }

    ProgressPrinter(PrintStream out, Style style, int width, String sameNode) {
        this.out = out;
        this.style = style;
        this.width = width;
        this.sameNode = sameNode;
    }

    @Override
    public void runStarted(String id) {
        inRun = true;
        out.println("test VM " + id);
    }

    @Override
    public void stepEnded(StepResult result) {
        out.println(String.format("  %-8s%8s  %-6s  %s", result.step(), RunSummary.seconds(result.took()),
                result.failure() == null ? "ok" : "FAILED", outcome(result)).stripTrailing());
    }

    static String outcome(StepResult result) {
        Failure failure = result.failure();
        return LogText.of(failure == null ? result.note() : failure.cause() + ": " + failure.detail());
    }

    @Override
    public void warn(String words) {
        out.println((inRun ? "  note: " : "") + LogText.of(words));
    }

    @Override
    public void runEnded(RunReport report) {
        out.println(RunSummary.of(report, style, width, sameNode));
    }
}
