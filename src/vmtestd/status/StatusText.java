package vmtestd.status;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;
import vmtestd.report.HistoryEntry;
import vmtestd.report.LogText;
import vmtestd.report.Style;
import vmtestd.run.Step;
import vmtestd.time.GoDuration;
import vmtestd.time.UtcTime;

/** A status for a person, in lines of at most 80 columns. */
final class StatusText {
    private static final int WIDTH = 80;
    private static final int MARKS = 30;
    private static final int FAILURES = 5;
    /** How many lines of a failure's detail are shown. */
    private static final int DETAIL_LINES = 3;
    private static final String INDENT = "          ";

    private final Status status;
    private final Style style;
    private final StringBuilder text = new StringBuilder();

    private StatusText(Status status, Style style) {
        this.status = status;
        this.style = style;
    }

    static String of(Status status, Style style) {
        StatusText text = new StatusText(status, style);
        text.writeState();
        if (!status.history().runs().isEmpty()) {
            text.writeRuns();
            text.writeDurations();
        }
        text.writeFailures();
        return text.text.toString();
    }

    /** What there is to say of a root folder in which no daemon has been, or which was mistyped. */
    static String withoutHistory(Path root) {
        return "state     unknown: no daemon has written a history into\n"
                + LogText.wrap(LogText.of(root.toString()), WIDTH - INDENT.length()).stream()
                        .map(line -> INDENT + line + "\n").collect(Collectors.joining());
    }

    private void writeState() {
        History history = status.history();
        History.Streak streak = history.streak();
        line("state     " + switch (status.state()) {
            case HEALTHY -> style.good("healthy") + " since " + streak.since() + ": " + inARow(streak) + " passed";
            case FAILING -> style.bad("failing") + " since " + streak.since() + ": " + inARow(streak) + " failed";
            case STALE -> style.doubtful("stale") + ": last run " + (status.lastRun() == null ? "unknown"
                    : status.lastRun().ended().truncatedTo(ChronoUnit.SECONDS) + ", due every " + GoDuration.format(history.interval()));
            case UNKNOWN -> style.doubtful("unknown") + ": no run has ended with a verdict yet";
        });
        HistoryEntry last = status.lastRun();
        if (last != null) {
            line("last run  " + ago(last.ended()) + ", " + outcome(last) + ", took " + GoDuration.format(last.took()) + guest(last));
        }
        if (history.runningSince() != null) {
            line("running   a run began " + ago(history.runningSince()));
        }
        if (history.damagedLines() > 0) {
            line("note      " + "damaged lines dropped from the history: " + history.damagedLines());
        }
    }

    private static String inARow(History.Streak streak) {
        return streak.runs() + (streak.runs() == 1 ? " run" : " runs in a row");
    }

    private static String outcome(HistoryEntry run) {
        return run.failure() == null ? run.result().toString()
                : run.result() + " at " + run.failure().step() + (run.failed() ? " (" + run.failure().cause() + ")" : "");
    }

    private static String guest(HistoryEntry run) {
        Duration up = run.steps().get(Step.BOOT);
        return run.result() != HistoryEntry.Result.PASSED ? ""
                : up == null ? ", boot not observed" : ", guest up after " + GoDuration.format(up);
    }

    private void writeRuns() {
        List<HistoryEntry> runs = status.history().runs();
        long passed = status.count(HistoryEntry.Result.PASSED);
        long judged = passed + status.count(HistoryEntry.Result.FAILED);
        if (judged > 0) {
            // Rounded down: 100 % is said only of runs that all passed.
            line("success   " + passed * 100 / judged + " %: " + passed + " of the last " + judged + (judged == 1 ? " run" : " runs") + " passed"
                    + (judged == runs.size() ? "" : ", and " + (runs.size() - judged) + " interrupted"));
        }
        StringBuilder marks = new StringBuilder("runs      ");
        runs.subList(Math.max(0, runs.size() - MARKS), runs.size()).forEach(run -> marks.append(switch (run.result()) {
            case PASSED -> style.good(".");
            case FAILED -> style.bad("F");
            case INTERRUPTED -> style.doubtful("i");
        }));
        line(marks + "  . pass, F fail, i stop; newest last");
    }

    private void writeDurations() {
        if (status.steps().isEmpty()) {
            return;
        }
        line("");
        row("step", "runs", "min", "median", "p95", "max");
        for (Step step : Step.values()) {
            DurationStats spread = status.steps().get(step);
            if (spread != null) {
                row(step.toString(), spread);
            }
        }
        if (status.whole() != null) {
            row("whole run", status.whole());
        }
    }

    private void row(String name, DurationStats spread) {
        row(name, Integer.toString(spread.count()), GoDuration.format(spread.min()), GoDuration.format(spread.median()),
                GoDuration.format(spread.p95()), GoDuration.format(spread.max()));
    }

    private void row(Object... cells) {
        line(String.format("%-9s %6s %10s %10s %10s %10s", cells));
    }

    private void writeFailures() {
        List<HistoryEntry> failures = status.history().failures();
        if (failures.isEmpty()) {
            return;
        }
        line("");
        line("last failures, newest first");
        for (int i = failures.size() - 1; i >= Math.max(0, failures.size() - FAILURES); i--) {
            HistoryEntry run = failures.get(i);
            line(UtcTime.format(run.started()) + "  " + style.bad(run.failure().step() + "  " + run.failure().cause()));
            LogText.wrap(run.id() + ": " + run.failure().detail(), WIDTH - INDENT.length(), DETAIL_LINES)
                    .forEach(line -> line(INDENT + line));
        }
        writeConsole("its guest's console ends:", failures.get(failures.size() - 1).guest());
        writeConsole("its hypervisor's log ends:", failures.get(failures.size() - 1).console());
    }

    /** Of the newest failure only. */
    private void writeConsole(String heading, String console) {
        if (!console.isEmpty()) {
            line("");
            line("the newest failure: " + heading);
            console.lines().flatMap(line -> LogText.wrap(line, WIDTH - 2).stream()).forEach(line -> line("| " + line));
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
