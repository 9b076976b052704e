package vmtestd.status;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.report.LogText;
import vmtestd.report.Style;
import vmtestd.run.Step;
import vmtestd.time.GoDuration;
import vmtestd.time.UtcTime;

/** A status for people, in lines of at most 80 columns. */
final class StatusText {
    private static final int WIDTH = 80;
    private static final int MARKS = 30;
    private static final int FAILURES = 5;
    private static final int DETAIL_LINES = 3;
    private static final String INDENT = "          ";
    private static final String ROW = "%-9s %6s %10s %10s %10s %10s";

    private final Status status;
    private final History history;
    private final Style style;
    private final StringBuilder text = new StringBuilder();

    private StatusText(Status status, Style style) {
        this.status = status;
        this.history = status.history();
        this.style = style;
        writeState();
        if (!history.runs().isEmpty()) {
            writeRuns();
            writeDurations();
        }
        if (!history.failures().isEmpty()) {
            writeFailures(history.failures());
        }
    }

    static String of(Status status, Style style) {
        return new StatusText(status, style).text.toString();
    }

    /** Returns the text for a root directory in which no daemon has run, or which was mistyped. */
    static String withoutHistory(Path root) {
        return "state     unknown: no daemon has written a history into\n" + INDENT
                + String.join("\n" + INDENT, LogText.wrap(LogText.of(root.toString()), WIDTH - INDENT.length())) + "\n";
    }

    private void writeState() {
        HistoryEntry last = history.lastRun();
        line("state     " + switch (status.state()) {
            case HEALTHY -> style.good("healthy") + streak("passed");
            case FAILING -> style.bad("failing") + streak("failed");
            case STALE -> style.doubtful("stale") + ": last run " + (last == null ? "unknown"
                    : last.ended().truncatedTo(ChronoUnit.SECONDS) + ", due every " + GoDuration.format(history.interval()));
            case UNKNOWN -> style.doubtful("unknown") + ": no run has ended with a verdict yet";
        });
        if (last != null) {
            line("last run  " + ago(last.ended()) + ", " + outcome(last) + ", took " + GoDuration.format(last.took()) + guest(last));
        }
        if (history.running()) {
            line("running   a run began " + ago(history.since()));
        }
    }

    private String streak(String verdict) {
        History.Streak streak = history.streak();
        return " since " + streak.since() + ": " + streak.runs() + (streak.runs() == 1 ? " run " : " runs in a row ") + verdict;
    }

    private static String outcome(HistoryEntry run) {
        return run.failure() == null ? run.result().toString()
                : run.result() + " at " + run.failure().step() + (run.failed() ? " (" + run.failure().cause() + ")" : "");
    }

    private static String guest(HistoryEntry run) {
        Duration up = run.steps().get(Step.BOOT);
        return run.result() != Result.PASSED ? "" : up == null ? ", boot not observed" : ", guest up after " + GoDuration.format(up);
    }

    private void writeRuns() {
        List<HistoryEntry> runs = history.runs();
        long passed = history.count(Result.PASSED);
        long interrupted = history.count(Result.INTERRUPTED);
        long judged = runs.size() - interrupted;
        if (judged > 0) {
            // Rounded down: 100 % means that all passed.
            line("success   " + passed * 100 / judged + " %: " + passed + " of the last " + judged
                    + (judged == 1 ? " run" : " runs") + " passed" + (interrupted == 0 ? "" : ", and " + interrupted + " interrupted"));
        }
        StringBuilder marks = new StringBuilder("runs      ");
        for (HistoryEntry run : runs.subList(Math.max(0, runs.size() - MARKS), runs.size())) {
            marks.append(switch (run.result()) {
                case PASSED -> style.good(".");
                case FAILED -> style.bad("F");
                case INTERRUPTED -> style.doubtful("i");
            });
        }
        line(marks + "  . pass, F fail, i stop; newest last");
    }

    private void writeDurations() {
        // A step passes only after those before it.
        if (status.step(Step.CONNECT) != null) {
            line("\n" + String.format(ROW, "step", "runs", "min", "median", "p95", "max"));
        }
        for (Step step : Step.values()) {
            row(step.toString(), status.step(step));
        }
        row("whole run", status.runs());
    }

    private void row(String name, DurationStats stats) {
        if (stats != null) {
            line(String.format(ROW, name, stats.count(), GoDuration.format(stats.min()), GoDuration.format(stats.median()),
                    GoDuration.format(stats.p95()), GoDuration.format(stats.max())));
        }
    }

    private void writeFailures(List<HistoryEntry> failures) {
        line("\nlast failures, newest first");
        for (int i = failures.size() - 1; i >= Math.max(0, failures.size() - FAILURES); i--) {
            HistoryEntry run = failures.get(i);
            line(UtcTime.format(run.started()) + "  " + style.bad(run.failure().step() + "  " + run.failure().cause()));
            LogText.wrap(run.id() + ": " + run.failure().detail(), WIDTH - INDENT.length(), DETAIL_LINES)
                    .forEach(part -> line(INDENT + part));
        }
        HistoryEntry newest = failures.get(failures.size() - 1);
        writeConsole("its guest's console ends:", newest.guest());
        writeConsole("its hypervisor's log ends:", newest.console());
    }

    private void writeConsole(String heading, String console) {
        if (!console.isEmpty()) {
            line("\nthe newest failure: " + heading);
            console.lines().forEach(line -> LogText.wrap(line, WIDTH - 2).forEach(part -> line("| " + part)));
        }
    }

    private String ago(Instant then) {
        Duration span = Duration.between(then, status.now()).truncatedTo(ChronoUnit.SECONDS);
        return span.isNegative() ? "in the future" : GoDuration.format(span) + " ago";
    }

    private void line(String line) {
        text.append(line.stripTrailing()).append('\n');
    }
}
