package vmtestd.report;

import java.io.PrintStream;
import vmtestd.check.RunObserver;
import vmtestd.check.RunReport;
import vmtestd.check.Step;
import vmtestd.check.StepResult;
import vmtestd.check.Verdict;

/** Shows a run by hand where there is no terminal: a line an event, and no control characters. */
public final class StepPrinter implements RunObserver {
    private final PrintStream out;
    private final String sameNode;
    private boolean inRun;

    /** @param sameNode the flags with which another command finds the same node and files */
    public StepPrinter(PrintStream out, String sameNode) {
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
        Verdict.Failed failure = result.failure();
        String learnt = failure == null ? result.note() : failure.cause() + ": " + failure.detail();
        String line = String.format("  %-8s%8s  %-6s  %s", result.step(), RunSummary.seconds(result.took()),
                failure == null ? "ok" : "FAILED", OneLine.of(learnt));
        out.println(line.stripTrailing());
    }

    @Override
    public void notice(String words) {
        out.println((inRun ? "  note: " : "") + OneLine.of(words));
    }

    @Override
    public void runEnded(RunReport report) {
        RunSummary.of(report, Style.PLAIN, Integer.MAX_VALUE, sameNode).forEach(out::println);
    }
}
