package vmtestd.status;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.report.Style;
import vmtestd.run.Step;

/**
 * How a node is doing, according to its history.
 *
 * @param now when it is judged
 */
public record Status(History history, Instant now) {
    /** The states, each with the exit status of {@code --status}. */
    enum State {
        /** The last run passed. */
        HEALTHY(0),
        /** The last run failed. */
        FAILING(1),
        /** The daemon is overdue: nobody tests this node. */
        STALE(3),
        /** There is no verdict yet. */
        UNKNOWN(3);

        private final int exitStatus;

        State(int exitStatus) {
            this.exitStatus = exitStatus;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How late a run may start or end before the daemon is overdue. */
    private static final Duration SLACK = Duration.ofMinutes(1);

    /** Stands for no history: the default interval, and an unknown state. */
    private static final History NONE = History.empty(Duration.ofMinutes(5), Duration.ofMinutes(20), Instant.EPOCH);

    /**
     * Reads the history of a daemon, and changes nothing in its root directory.
     *
     * @throws IOException if there is a history that cannot be read
     */
    public static Status read(Path root, Instant now) throws IOException {
        HistoryFile file = HistoryFile.in(root);
        try {
            return new Status(file.read(), now);
        } catch (NoSuchFileException e) {
            return new Status(NONE, now);
        } catch (IOException e) {
            throw new IOException(file.file() + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Returns whole lines for people. */
    public String text(Path root, Style style) {
        return history == NONE ? StatusText.withoutHistory(root) : StatusText.of(this, style);
    }

    /** Returns one line as {@link StatusJson} describes it. */
    public String json() {
        return StatusJson.of(this) + "\n";
    }

    /** Returns 0 if healthy, 1 if failing, 3 if stale or unknown. */
    public int exitStatus() {
        return state().exitStatus;
    }

    State state() {
        if (history.streak() == null) {
            return State.UNKNOWN;
        }
        return isOverdue() ? State.STALE : history.streak().result() == Result.PASSED ? State.HEALTHY : State.FAILING;
    }

    /** Returns whether a run should have started or ended by now. */
    boolean isOverdue() {
        Duration allowed = history.running() ? history.maxRunDuration() : history.interval();
        // A time in the future was written before the clock was set back.
        return now.isAfter(history.since().plus(allowed).plus(SLACK)) || now.isBefore(history.since().minus(SLACK));
    }

    /** Returns the durations of the passed runs, or null if there are none. */
    DurationStats runs() {
        return DurationStats.of(history.runs().stream().filter(run -> run.result() == Result.PASSED).map(HistoryEntry::took));
    }

    /** Returns the durations of a step where it passed, or null if it never did. */
    DurationStats step(Step step) {
        return DurationStats.of(history.runs().stream().map(run -> run.steps().get(step)).filter(Objects::nonNull));
    }
}
