package vmtestd.cli;

import java.io.PrintStream;
import vmtestd.report.LogText;
import vmtestd.report.Style;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.run.StepResult;
import vmtestd.run.Failure;

/** Shows a run by hand where there is no terminal: a line an event, and no control characters. */
public final class ProgressPrinter implements RunListener {
    private final PrintStream out;
    private final String sameNode;
    private boolean inRun;

    /** @param sameNode the flags with which another command finds the same node and files */
    public ProgressPrinter(PrintStream out, String sameNode) {
        this.sameNode = sameNode;
        this.out = out;
    }

    @Override
    public void runStarted(String id) {
        inRun = true;
        out.println("test VM " + id);
    }

    @Override
    public void stepEnded(StepResult result) {
        Failure failure = result.failure();
        String learnt = failure == null ? result.note() : failure.cause() + ": " + failure.detail();
        String line = String.format("  %-8s%8s  %-6s  %s", result.step(), RunSummary.seconds(result.took()),
                failure == null ? "ok" : "FAILED", LogText.of(learnt));
        out.println(line.stripTrailing());
    }

    @Override
    public void warn(String words) {
        out.println((inRun ? "  note: " : "") + LogText.of(words));
    }

    @Override
    public void runEnded(RunReport report) {
        RunSummary.of(report, Style.PLAIN, Integer.MAX_VALUE, sameNode).forEach(out::println);
    }
}
