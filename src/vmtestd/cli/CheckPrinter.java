package vmtestd.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.function.Consumer;
import vmtestd.preflight.CheckResult;
import vmtestd.report.LogText;
import vmtestd.report.Style;

/** Shows what {@code --check} finds: a line each, with a mark. */
public final class CheckPrinter implements Consumer<CheckResult> {
    /** As wide as what stands before the words, whatever escape sequences are in that. */
    private static final String INDENT = " ".repeat(21);

    private final PrintStream out;
    private final Style style;
    private final int width;

    /** @param width how long a line can be */
    public CheckPrinter(PrintStream out, Style style, int width) {
        this.width = width;
        this.out = out;
        this.style = style;
    }

    @Override
    public void accept(CheckResult finding) {
        String mark = switch (finding.mark()) {
            case GOOD -> style.good("ok  ");
            case WARNING -> style.doubtful("warn");
            case FAILED -> style.bad("FAIL");
            case SKIPPED -> "-   ";
        };
        String head = String.format("  %s  %-11s  ", mark, finding.subject());
        List<String> lines = LogText.wrap(LogText.of(finding.words()), width - INDENT.length());
        out.println(head + lines.get(0));
        lines.stream().skip(1).forEach(line -> out.println(INDENT + line));
    }

    /** The last line: what it comes to. */
    public void conclude(boolean ready) {
        out.println(ready ? style.good("a run could start") : style.bad("no run could start, or it would fail"));
    }
}
