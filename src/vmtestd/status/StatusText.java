package vmtestd.status;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import vmtestd.cleanup.Scenario;
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
    private static final String ROW = " %6s %10s %10s %10s %10s";

    private final Status status;
    private final History history;
    private final Style style;
    private final StringBuilder text = new StringBuilder();

    private StatusText(Status status, Style style) {
        this.status = status;
        this.history = status.history();
        this.style = style;
    }

    static String of(Status status, Style style) {
        StatusText text = new StatusText(status, style);
        text.writeState();
        if (!text.history.runs().isEmpty()) {
            text.writeRuns();
            text.writeDurations();
        }
        if (!text.history.failures().isEmpty()) {
            text.writeFailures(text.history.failures());
        }
        return text.text.toString();
    }

    /** Returns all that is known of a failed run. */
    static String failure(Status status, HistoryEntry run, Style style) {
        StatusText text = new StatusText(status, style);
        text.writeFailure(run, Integer.MAX_VALUE);
        text.line("\ntook      " + GoDuration.format(run.took()));
        run.steps().forEach((step, took) -> text.line(String.format("%-9s ", step) + GoDuration.format(took)));
        text.writeLines("its last calls:", run.calls());
        text.writeLines("its guest's console ends:", run.guest());
        text.writeLines("its hypervisor's log ends:", run.console());
        return text.text.toString();
    }

    /** Returns the text for a root directory in which no daemon has run, or which was mistyped. */
    static String withoutHistory(Path root) {
        return "state     unknown: no daemon has written a history into\n" + INDENT
                + String.join("\n" + INDENT, LogText.wrap(LogText.of(root.toString()), WIDTH - INDENT.length())) + "\n";
    }

    private void writeState() {
        line("state     " + state(status, style));
        if (history.lastRun() != null) {
            line("last run  " + lastRun(status));
        }
        if (history.running()) {
            line("running   a run began " + ago(history.since(), status.now()));
        }
    }

    /** Returns the state in words, on one line. */
    static String state(Status status, Style style) {
        HistoryEntry last = status.history().lastRun();
        return switch (status.state()) {
            case HEALTHY -> style.good("healthy") + streak(status, "passed");
            case FAILING -> style.bad("failing") + (status.history().scenarios().size() < 2 ? streak(status, "failed")
                    : " since " + status.history().streak().since() + ": see scenarios");
            case STALE -> style.doubtful("stale") + ": last run " + (last == null ? "unknown"
                    : last.ended().truncatedTo(ChronoUnit.SECONDS) + ", due every " + GoDuration.format(status.history().interval()));
            case UNKNOWN -> style.doubtful("unknown") + ": no run has ended with a verdict yet";
        };
    }

    /** Returns when the last run ended and how, on one line. There must be one. */
    static String lastRun(Status status) {
        HistoryEntry last = status.history().lastRun();
        return ago(last.ended(), status.now()) + ", " + outcome(last) + ", took " + GoDuration.format(last.took()) + guest(last);
    }

    private static String streak(Status status, String verdict) {
        History.Streak streak = status.history().streak();
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
        String rates = history.tallies().rates(status.now());
        if (!rates.isEmpty()) {
            line(INDENT + rates);
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
        String heading = "scenarios ";
        for (Scenario scenario : history.scenarios().size() > 1 ? history.scenarios() : Set.<Scenario>of()) {
            History own = history.of(scenario);
            HistoryEntry last = own.lastVerdict();
            line(heading + String.format("%-15s ", scenario) + own.count(Result.PASSED) + " of the last "
                    + (own.count(Result.PASSED) + own.count(Result.FAILED)) + " passed"
                    + (last == null ? "" : ", the last one " + outcome(last)));
            heading = INDENT;
        }
    }

    private void writeDurations() {
        // A step passes only after those before it.
        if (status.step(Step.CONNECT) != null) {
            line("\n" + name("step") + String.format(ROW, "runs", "min", "median", "p95", "max"));
        }
        for (Step step : Step.values()) {
            row(step.toString(), status.step(step));
        }
        row("whole run", status.runs());
        if (history.scenarios().size() > 1) {
            history.scenarios().forEach(scenario -> row(scenario.toString(), new Status(history.of(scenario), status.now()).runs()));
        }
    }

    /** Returns the first column of the table. The names of scenarios are longer than those of steps. */
    private String name(String name) {
        return String.format(history.scenarios().size() > 1 ? "%-15s" : "%-9s", name);
    }

    private void row(String name, DurationStats stats) {
        if (stats != null) {
            line(name(name) + String.format(ROW, stats.count(), GoDuration.format(stats.min()), GoDuration.format(stats.median()),
                    GoDuration.format(stats.p95()), GoDuration.format(stats.max())));
        }
    }

    private void writeFailures(List<HistoryEntry> failures) {
        line("\nlast failures, newest first");
        for (int i = failures.size() - 1; i >= Math.max(0, failures.size() - FAILURES); i--) {
            writeFailure(failures.get(i), DETAIL_LINES);
        }
        HistoryEntry newest = failures.get(failures.size() - 1);
        writeLines("the newest failure: its guest's console ends:", newest.guest());
        writeLines("the newest failure: its hypervisor's log ends:", newest.console());
    }

    private void writeFailure(HistoryEntry run, int detailLines) {
        line(UtcTime.format(run.started()) + "  " + style.bad(run.failure().step() + "  " + run.failure().cause()));
        LogText.wrap(run.id() + ": " + run.failure().detail(), WIDTH - INDENT.length(), detailLines).forEach(part -> line(INDENT + part));
    }

    private void writeLines(String heading, String lines) {
        if (!lines.isEmpty()) {
            line("\n" + heading);
            lines.lines().forEach(line -> LogText.wrap(line, WIDTH - 2).forEach(part -> line("| " + part)));
        }
    }

    private static String ago(Instant then, Instant now) {
        Duration span = Duration.between(then, now).truncatedTo(ChronoUnit.SECONDS);
        return span.isNegative() ? "in the future" : GoDuration.format(span) + " ago";
    }

    private void line(String line) {
        text.append(line.stripTrailing()).append('\n');
    }
}
