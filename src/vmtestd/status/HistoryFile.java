package vmtestd.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Consumer;
import vmtestd.cleanup.AtomicFile;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.report.LogText;
import vmtestd.run.Failure;
import vmtestd.run.Step;
import vmtestd.time.UtcTime;

/**
 * The file {@code history}: lines of words separated by tabs. Durations are milliseconds, {@code -} is null, and a
 * backslash, tab or newline within a word is escaped as in Java.
 *
 * <pre>
 * vmtestd history 1
 * failure  id  started  took  result  connect=2 list=3  step  cause  detail  guest-console  hypervisor-log  calls  scenario
 * run      the same words, without consoles and calls
 * hour     start  passed  failed  interrupted  (two empty words)
 * day      start  passed  failed  interrupted  durations-of-passed-runs  times-of-boot
 * daemon   interval  longest-run  idle|running  since  last-success  streak-result  streak-runs  streak-since
 * </pre>
 *
 * The oldest of each kind is first. Today's day has all durations, separated by commas, an earlier one only medians. The file is complete only with its last line.
 */
record HistoryFile(Path file) {
    private static final String FIRST_LINE = "vmtestd history 1";
    private static final String NULL = "-";
    /** More than the longest lines need. */
    private static final int MAX_BYTES = 1 << 20;

    static HistoryFile in(Path root) {
        return new HistoryFile(root.resolve("history"));
    }

    /**
     * @throws java.nio.file.NoSuchFileException if there is none
     * @throws IOException if any line cannot be read
     */
    History read() throws IOException {
        String[] lines = AtomicFile.read(file, MAX_BYTES).split("\n", -1);
        if (!lines[0].equals(FIRST_LINE)) {
            throw new IOException("line 1 is not '" + FIRST_LINE + "'");
        }
        List<HistoryEntry> failures = new ArrayList<>();
        List<HistoryEntry> runs = new ArrayList<>();
        Tallies tallies = new Tallies(new ArrayList<>(), new ArrayList<>());
        for (int i = 1; i < lines.length; i++) {
            try {
                String[] words = lines[i].split("\t", -1);
                switch (words[0]) {
                    case "failure" -> failures.add(entry(words));
                    case "run" -> runs.add(entry(words));
                    case "hour" -> tallies.hours().add(tally(words));
                    case "day" -> tallies.days().add(tally(words));
                    case "daemon" -> {
                        return history(words, runs, failures, tallies);
                    }
                    default -> throw new IllegalArgumentException("unknown word");
                }
            } catch (IllegalArgumentException | IndexOutOfBoundsException | DateTimeException e) {
                throw new IOException("line " + (i + 1) + " is damaged", e);
            }
        }
        throw new IOException("the last line is missing");
    }

    /**
     * Returns {@code none} if there is no file, or if it cannot be read. In that case it is renamed, in place of an earlier one.
     *
     * @throws IOException if it cannot be renamed
     */
    History readOrSetAside(History none, Consumer<String> warnings) throws IOException {
        try {
            return read();
        } catch (NoSuchFileException e) {
            return none;
        } catch (IOException e) {
            Path damaged = Files.move(file, file.resolveSibling("history.damaged"), StandardCopyOption.REPLACE_EXISTING);
            warnings.accept(file + " cannot be read (" + e.getMessage() + "), starting a new one; the file is now " + damaged);
            return none;
        }
    }

    private static History history(String[] words, List<HistoryEntry> runs, List<HistoryEntry> failures, Tallies tallies) {
        History.Streak streak = words[6].equals(NULL) ? null
                : new History.Streak(constant(Result.class, words[6]), Long.parseLong(words[7]), UtcTime.parse(words[8]));
        return new History(duration(words[1]), duration(words[2]), words[3].equals("running"), UtcTime.parse(words[4]),
                words[5].equals(NULL) ? null : UtcTime.parse(words[5]), streak, runs, failures, tallies);
    }

    private static HistoryEntry entry(String[] words) {
        Map<Step, Duration> steps = new EnumMap<>(Step.class);
        for (String step : words[5].isEmpty() ? new String[0] : words[5].split(" ")) {
            String[] pair = step.split("=");
            steps.put(constant(Step.class, pair[0]), duration(pair[1]));
        }
        Result result = constant(Result.class, words[4]);
        // LogText also here: whoever has changed the file, its text must be safe for a terminal.
        Failure failure = result == Result.PASSED ? null
                : new Failure(constant(Step.class, words[6]), constant(Cause.class, words[7]), LogText.of(words[8].translateEscapes()));
        return new HistoryEntry(LogText.of(words[1]), Scenario.of(words[12]), UtcTime.parse(words[2]), duration(words[3]),
                result, failure, steps, words[9].translateEscapes(), words[10].translateEscapes(), words[11].translateEscapes());
    }

    private static Tally tally(String[] words) {
        return new Tally(UtcTime.parse(words[1]), Integer.parseUnsignedInt(words[2]), Integer.parseUnsignedInt(words[3]),
                Integer.parseUnsignedInt(words[4]), durations(words[5]), durations(words[6]));
    }

    private static List<Duration> durations(String words) {
        List<Duration> durations = new ArrayList<>();
        for (String word : words.isEmpty() ? new String[0] : words.split(",")) {
            durations.add(duration(word));
        }
        return durations;
    }

    private static <T extends Enum<T>> T constant(Class<T> type, String word) {
        return Enum.valueOf(type, word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private static Duration duration(String word) {
        // At most 31 years: far enough from the overflow of any conversion.
        if (!word.matches("[0-9]{1,12}")) {
            throw new IllegalArgumentException("not a duration: " + word);
        }
        return Duration.ofMillis(Long.parseLong(word));
    }

    void write(History history) throws IOException {
        StringBuilder text = new StringBuilder(FIRST_LINE + "\n");
        history.failures().forEach(run -> append(text, "failure", run));
        history.runs().forEach(run -> append(text, "run", run));
        history.tallies().hours().forEach(hour -> append(text, "hour", hour));
        history.tallies().days().forEach(day -> append(text, "day", day));
        History.Streak streak = history.streak() == null ? new History.Streak(null, 0, null) : history.streak();
        append(text, "daemon", history.interval(), history.maxRunDuration(), history.running() ? "running" : "idle", history.since(),
                history.lastSuccess(), streak.result(), streak.runs(), streak.since());
        AtomicFile.write(file, text.toString());
    }

    private static void append(StringBuilder text, String kind, HistoryEntry run) {
        StringJoiner steps = new StringJoiner(" ");
        run.steps().forEach((step, took) -> steps.add(step + "=" + took.toMillis()));
        Failure failure = run.failure() == null ? new Failure(null, null, null) : run.failure();
        append(text, kind, run.id(), run.started(), run.took(), run.result(), steps, failure.step(), failure.cause(), failure.detail(),
                run.guest(), run.console(), run.calls(), run.scenario());
    }

    private static void append(StringBuilder text, String kind, Tally tally) {
        append(text, kind, tally.start(), tally.passed(), tally.failed(), tally.interrupted(), millis(tally.runs()), millis(tally.boots()));
    }

    private static StringJoiner millis(List<Duration> durations) {
        StringJoiner millis = new StringJoiner(",");
        durations.forEach(duration -> millis.add(Long.toString(duration.toMillis())));
        return millis;
    }

    private static void append(StringBuilder text, Object... words) {
        StringJoiner line = new StringJoiner("\t", "", "\n");
        for (Object word : words) {
            line.add(word == null ? NULL : word instanceof Instant time ? UtcTime.format(time)
                    : word instanceof Duration span ? Long.toString(span.toMillis())
                    : word.toString().replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n"));
        }
        text.append(line);
    }
}
