package vmtestd.report;

import java.io.PrintStream;
import java.util.function.Consumer;
import vmtestd.check.Finding;

/** Shows what {@code --check} finds: a line each, with a mark. */
public final class FindingPrinter implements Consumer<Finding> {
    private final PrintStream out;
    private final Style style;

    public FindingPrinter(PrintStream out, Style style) {
        this.out = out;
        this.style = style;
    }

    @Override
    public void accept(Finding finding) {
        String mark = switch (finding.mark()) {
            case GOOD -> style.good("ok  ");
            case WARNING -> style.doubtful("warn");
            case FAILED -> style.bad("FAIL");
            case SKIPPED -> "-   ";
        };
        out.println(String.format("  %s  %-11s  %s", mark, finding.subject(), OneLine.of(finding.words())));
    }

    /** The last line: what it comes to. */
    public void conclude(boolean ready) {
        out.println(ready ? style.good("a run could start") : style.bad("no run could start, or it would fail"));
    }
}
