package vmtestd.cli;

import java.time.Duration;
import java.util.Locale;
import vmtestd.cleanup.Journal;
import vmtestd.report.Hints;
import vmtestd.cleanup.Scenario;
import vmtestd.run.Failure;
import vmtestd.run.RunReport;

/** What is printed below the steps of a run by hand: the verdict and, after a failure, whatever helps to explain it. */
final class RunSummary {
    private RunSummary() {}

    /** @param sameNode the flags with which another command finds the same node and files */
    static void print(RunReport report, Terminal terminal, String sameNode) {
        Failure failure = report.failure();
        boolean kept = !report.kept().isEmpty();
        Hints hints = failure == null ? null : Hints.of(failure, kept, sameNode);
        if (failure == null) {
            terminal.out().println(terminal.style().good("PASSED") + " in " + seconds(report.took())
                    + (report.scenario() == Scenario.BOOT ? "" : ", " + report.scenario()) + (report.guestUp() == null
                    ? " (the guest's boot was not observed)" : ", guest up after " + seconds(report.guestUp())));
        } else {
            terminal.out().println(terminal.style().bad("FAILED") + " at " + failure.step() + " (" + failure.cause() + ") after "
                    + seconds(report.took()));
            terminal.print("  ", hints.meaning());
            terminal.print("  ", failure.detail());
        }
        printConsole(terminal, "the guest's console ends:", report.guestConsole());
        printConsole(terminal, "the hypervisor's log ends:", report.consoleLog());
        if (failure != null && !kept) {
            terminal.print("  ", "cleanup: " + leftovers(report, sameNode));
        }
        if (failure != null && !hints.next().isEmpty()) {
            terminal.print("  ", "next: " + hints.next());
        }
        if (kept) {
            terminal.out().println("  kept: " + String.join(", ", report.kept())
                    + "\n  to remove it: vmtestd --sweep" + sameNode + "; otherwise the daemon does, in an hour");
        }
    }

    private static void printConsole(Terminal terminal, String heading, String console) {
        if (!console.isEmpty()) {
            terminal.print("  ", heading);
            console.lines().forEach(line -> terminal.print("  | ", line));
        }
    }

    private static String leftovers(RunReport report, String sameNode) {
        int vms = report.leftovers().get(Journal.Kind.VM);
        int mounts = report.leftovers().get(Journal.Kind.MOUNT);
        boolean others = report.leftovers().containsKey(Journal.Kind.DISK) || report.leftovers().containsKey(Journal.Kind.TAP);
        return vms + mounts == 0 && !others ? "nothing is left on the node" : vms + (vms == 1 ? " VM and " : " VMs and ") + mounts
                + (mounts == 1 ? " mount" : " mounts") + (others ? " and a disk or tap device" : "")
                + " may be left; the next run removes them, or vmtestd --sweep" + sameNode;
    }

    static String seconds(Duration span) {
        return String.format(Locale.ROOT, "%.2f s", span.toMillis() / 1000.0);
    }
}
