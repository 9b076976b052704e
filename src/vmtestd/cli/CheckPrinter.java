package vmtestd.cli;

import java.io.PrintStream;
import java.util.function.Consumer;
import vmtestd.preflight.CheckResult;
import vmtestd.report.Style;

/** Prints the results of {@code --check}, each with a mark. */
public final class CheckPrinter implements Consumer<CheckResult> {
    /** The width of what precedes the words, without escape sequences. */
    private static final String INDENT = " ".repeat(21);

    private final PrintStream out;
    private final Style style;
    private final int width;

    /** @param width of a line, in columns */
    public CheckPrinter(PrintStream out, Style style, int width) {
        this.out = out;
        this.style = style;
        this.width = width;
    }

    @Override
    public void accept(CheckResult result) {
        String mark = switch (result.mark()) {
            case GOOD -> style.good("ok  ");
            case WARNING -> style.doubtful("warn");
            case FAILED -> style.bad("FAIL");
            case SKIPPED -> "-   ";
        };
        out.println(String.format("  %s  %-11s  ", mark, result.subject()) + RunSummary.wrap(INDENT, result.words(), width).stripLeading());
    }

    /** Prints the last line. */
    public void conclude(boolean ready) {
        out.println(ready ? style.good("a run could start") : style.bad("no run could start, or it would fail"));
    }
}
