package vmtestd.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import vmtestd.cleanup.Journal;
import vmtestd.report.LogText;
import vmtestd.report.Style;
import vmtestd.run.RunReport;
import vmtestd.run.Failure;

/** What stands below the steps of a run by hand: the verdict, and after a failure all that helps. */
final class RunSummary {
    private RunSummary() {}

    /**
     * @param width how long a line can be
     * @param sameNode the flags with which another command finds the same node and files
     */
    static List<String> of(RunReport report, Style style, int width, String sameNode) {
        List<String> lines = new ArrayList<>();
        Failure failure = report.failure();
        if (failure != null) {
            tellFailure(lines, report, failure, style, width, sameNode);
        } else {
            lines.add(style.good("PASSED") + " in " + seconds(report.took()) + (report.guestUp() == null
                    ? " (the guest's boot was not observed)" : ", guest up after " + seconds(report.guestUp())));
            console(lines, "the guest's console ends:", report.guestConsole(), width);
        }
        if (!report.kept().isEmpty()) {
            lines.add("  kept: " + String.join(", ", report.kept()));
            lines.add("  to remove it: vmtestd --sweep" + sameNode + "; else the daemon does, in an hour");
        }
        return lines;
    }

    private static void tellFailure(List<String> lines, RunReport report, Failure failure, Style style, int width,
            String sameNode) {
        lines.add(style.bad("FAILED") + " at " + failure.step() + " (" + failure.cause() + ") after " + seconds(report.took()));
        lines.add("  " + Hints.sentence(failure));
        LogText.wrap(LogText.of(failure.detail()), width - 2).forEach(line -> lines.add("  " + line));
        console(lines, "the guest's console ends:", report.guestConsole(), width);
        console(lines, "the hypervisor's log ends:", report.consoleLog(), width);
        if (report.kept().isEmpty()) {
            LogText.wrap("cleanup: " + left(report, sameNode), width - 2).forEach(line -> lines.add("  " + line));
        }
        String hint = Hints.hint(failure, !report.kept().isEmpty(), sameNode);
        if (!hint.isEmpty()) {
            LogText.wrap("next: " + hint, width - 2).forEach(line -> lines.add("  " + line));
        }
    }

    private static void console(List<String> lines, String heading, String console, int width) {
        if (!console.isEmpty()) {
            lines.add("  " + heading);
            console.lines().flatMap(line -> LogText.wrap(LogText.of(line), width - 4).stream())
                    .forEach(line -> lines.add("  | " + line));
        }
    }

    private static String left(RunReport report, String sameNode) {
        int vms = report.leftovers().get(Journal.Kind.VM);
        int mounts = report.leftovers().get(Journal.Kind.MOUNT);
        return vms + mounts == 0 ? "nothing is left on the node"
                : count(vms, "VM") + " and " + count(mounts, "mount") + " may be left; the next run removes them, or vmtestd --sweep" + sameNode;
    }

    private static String count(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    static String seconds(Duration span) {
        return String.format(Locale.ROOT, "%.2f s", span.toMillis() / 1000.0);
    }
}
