package vmtestd.cli;

import java.util.function.Consumer;
import vmtestd.preflight.CheckResult;
import vmtestd.report.LogText;
import vmtestd.report.Style;

/** Prints the results of {@code --check}, each with a mark. */
public record CheckPrinter(Terminal terminal) implements Consumer<CheckResult> {
    /** The width of what precedes the words, without escape sequences. */
    private static final int INDENT = 21;

    @Override
    public void accept(CheckResult result) {
        Style style = terminal.style();
        String mark = switch (result.mark()) {
            case GOOD -> style.good("ok  ");
            case WARNING -> style.doubtful("warn");
            case FAILED -> style.bad("FAIL");
            case SKIPPED -> "-   ";
        };
        terminal.out().println(String.format("  %s  %-11s  %s", mark, result.subject(),
                String.join("\n" + " ".repeat(INDENT), LogText.wrap(LogText.of(result.words()), terminal.width() - INDENT))));
    }
}
