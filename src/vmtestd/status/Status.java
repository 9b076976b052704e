package vmtestd.status;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import vmtestd.report.HistoryEntry;
import vmtestd.run.Step;

/**
 * How a node has been doing, as far as its history tells.
 *
 * @param state what to think of it
 * @param history what it was read from
 * @param now when it was looked at
 * @param whole how long runs took that passed; null where none did
 * @param steps how long each step took where it went well; without those that never did
 */
public record Status(State state, History history, Instant now, DurationStats whole, Map<Step, DurationStats> steps) {
    /** In the words of the files; each with the exit status that tells it. */
    enum State {
        /** The last run passed. */
        HEALTHY(0),
        /** The last run failed. */
        FAILING(1),
        /** No run has ended, or begun, for too long: nobody tests this node. */
        STALE(3),
        /** No run has ended with a verdict yet. */
        UNKNOWN(3);

        private final int exitStatus;

        State(int exitStatus) {
            this.exitStatus = exitStatus;
        }

        int exitStatus() {
            return exitStatus;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What a run may be late by before anybody is told. */
    static final Duration SLACK = Duration.ofMinutes(1);

    static Status of(History history, Instant now) {
        Map<Step, DurationStats> steps = new EnumMap<>(Step.class);
        for (Step step : Step.values()) {
            DurationStats spread = DurationStats.of(history.runs().stream().map(run -> run.steps().get(step)).filter(Objects::nonNull).toList());
            if (spread != null) {
                steps.put(step, spread);
            }
        }
        DurationStats whole = DurationStats.of(history.runs().stream()
                .filter(run -> run.result() == HistoryEntry.Result.PASSED).map(HistoryEntry::took).toList());
        return new Status(state(history, now), history, now, whole, steps);
    }

    private static State state(History history, Instant now) {
        if (history.streak() == null) {
            return State.UNKNOWN;
        }
        HistoryEntry last = lastRun(history);
        Instant seen = history.runningSince() != null ? history.runningSince() : last == null ? Instant.EPOCH : last.ended();
        Duration allowed = history.runningSince() != null ? history.maxRunDuration() : history.interval();
        // What lies in the future was written before the clock was set back, and tells nothing of today.
        if (now.isAfter(seen.plus(allowed).plus(SLACK)) || now.isBefore(seen.minus(SLACK))) {
            return State.STALE;
        }
        return switch (history.streak().result()) {
            case PASSED -> State.HEALTHY;
            case FAILED -> State.FAILING;
            case INTERRUPTED -> State.UNKNOWN;
        };
    }

    /** The run that ended last, with a verdict or without; null where none is known. */
    HistoryEntry lastRun() {
        return lastRun(history);
    }

    private static HistoryEntry lastRun(History history) {
        List<HistoryEntry> runs = history.runs();
        return runs.isEmpty() ? null : runs.get(runs.size() - 1);
    }

    /** How many of the runs that are remembered ended so. */
    long count(HistoryEntry.Result result) {
        return history.runs().stream().filter(run -> run.result() == result).count();
    }
}
