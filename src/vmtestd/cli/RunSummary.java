package vmtestd.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import vmtestd.cleanup.Journal;
import vmtestd.report.LogText;
import vmtestd.report.Style;
import vmtestd.run.Failure;
import vmtestd.run.RunReport;

/** What is printed below the steps of a run by hand: the verdict and, after a failure, whatever helps to explain it. */
final class RunSummary {
    private RunSummary() {}

    /**
     * @param width of a line, in columns
     * @param sameNode the flags with which another command finds the same node and files
     */
    static String of(RunReport report, Style style, int width, String sameNode) {
        List<String> parts = new ArrayList<>();
        Failure failure = report.failure();
        boolean kept = !report.kept().isEmpty();
        Hints hints = failure == null ? null : Hints.of(failure, kept, sameNode);
        if (failure == null) {
            parts.add(style.good("PASSED") + " in " + seconds(report.took()) + (report.guestUp() == null
                    ? " (the guest's boot was not observed)" : ", guest up after " + seconds(report.guestUp())));
        } else {
            parts.add(style.bad("FAILED") + " at " + failure.step() + " (" + failure.cause() + ") after " + seconds(report.took()));
            parts.add(wrap("  ", hints.meaning(), width));
            parts.add(wrap("  ", failure.detail(), width));
        }
        addConsole(parts, "the guest's console ends:", report.guestConsole(), width);
        addConsole(parts, "the hypervisor's log ends:", report.consoleLog(), width);
        if (failure != null && !kept) {
            parts.add(wrap("  ", "cleanup: " + leftovers(report, sameNode), width));
        }
        if (failure != null && !hints.next().isEmpty()) {
            parts.add(wrap("  ", "next: " + hints.next(), width));
        }
        if (kept) {
            parts.add("  kept: " + String.join(", ", report.kept()));
            parts.add("  to remove it: vmtestd --sweep" + sameNode + "; otherwise the daemon does, in an hour");
        }
        return String.join("\n", parts);
    }

    private static void addConsole(List<String> parts, String heading, String console, int width) {
        if (!console.isEmpty()) {
            parts.add("  " + heading);
            console.lines().forEach(line -> parts.add(wrap("  | ", line, width)));
        }
    }

    private static String leftovers(RunReport report, String sameNode) {
        int vms = report.leftovers().get(Journal.Kind.VM);
        int mounts = report.leftovers().get(Journal.Kind.MOUNT);
        return vms + mounts == 0 ? "nothing is left on the node" : vms + (vms == 1 ? " VM and " : " VMs and ") + mounts
                + (mounts == 1 ? " mount" : " mounts") + " may be left; the next run removes them, or vmtestd --sweep" + sameNode;
    }

    /** Makes a text safe for a terminal and breaks it into indented lines. */
    static String wrap(String indent, String text, int width) {
        return indent + String.join("\n" + indent, LogText.wrap(LogText.of(text), width - indent.length()));
    }

    static String seconds(Duration span) {
        return String.format(Locale.ROOT, "%.2f s", span.toMillis() / 1000.0);
    }
}
