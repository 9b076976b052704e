package vmtestd.status;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import vmtestd.cleanup.AtomicFile;
import vmtestd.report.HistoryEntry;
import vmtestd.report.JsonWriter;
import vmtestd.report.LogText;

/**
 * {@code history.jsonl}: a JSON object a line. The first is about the daemon, the next are failures
 * older than the runs, and then come the runs, the oldest first.
 *
 * <pre>
 * {"kind":"history","version":1,"interval":300,"longest_run":1170,"running_since":null,"damaged_lines":0,"streak":{...}}
 * {"kind":"failure","id":"test-vm-1763832962","started":"2026-11-22T17:36:02Z","took":1.3,"result":"failed",...}
 * {"kind":"run","id":"test-vm-1763833262","started":"2026-11-22T17:41:02Z","took":14.2,"result":"passed",...}
 * </pre>
 */
final class HistoryFile {
    private static final long VERSION = 1;
    /** What its lines can have at most, with every character of them escaped. */
    private static final int MAX_BYTES = 1 << 20;

    /** Of what a line has at most; few bytes of JSON can become many of memory. */
    private static final int MAX_LINE = 32 << 10;

    /**
     * What was read.
     *
     * @param damaged how many lines had to be dropped this time
     */
    record Reading(History history, long damaged) {}

    private final Path file;

    HistoryFile(Path root) {
        file = root.resolve("history.jsonl");
    }

    /**
     * Reads the file. A line that cannot be read is dropped and counted.
     *
     * @param otherwise what is taken for what the first line does not tell
     * @throws java.nio.file.NoSuchFileException where there is none
     * @throws IOException where it cannot be read, is of another version, or no line of it is whole
     */
    Reading read(History otherwise) throws IOException {
        Lines lines = new Lines(otherwise);
        for (Iterator<String> each = AtomicFile.read(file, MAX_BYTES).lines().iterator(); each.hasNext();) {
            lines.take(each.next());
        }
        return new Reading(lines.history(), lines.damaged);
    }

    void write(History history) throws IOException {
        AtomicFile.write(file, out -> writeTo(out, history));
    }

    private static void writeTo(OutputStream out, History history) throws IOException {
        JsonWriter first = new JsonWriter().beginObject().name("kind").value("history").name("version").value(VERSION)
                .name("interval").value(history.interval()).name("longest_run").value(history.maxRunDuration())
                .name("running_since").value(history.runningSince()).name("damaged_lines").value(history.damagedLines());
        if (history.streak() != null) {
            first.name("streak");
            writeStreak(first, history.streak());
        }
        writeLine(out, first.endObject());
        // Only of failures is there more than the runs have.
        Map<String, HistoryEntry> failures = new LinkedHashMap<>();
        for (HistoryEntry failure : history.failures()) {
            failures.put(failure.id(), failure);
        }
        List<HistoryEntry> runs = new ArrayList<>();
        for (HistoryEntry run : history.runs()) {
            HistoryEntry failure = failures.remove(run.id());
            runs.add(failure == null ? run : failure);
        }
        for (HistoryEntry failure : failures.values()) {
            writeLine(out, json("failure", failure));
        }
        for (HistoryEntry run : runs) {
            writeLine(out, json("run", run));
        }
    }

    /** Puts a file out of the way that cannot be read, for people to look at; gives its new name. */
    Path setAside() throws IOException {
        return Files.move(file, file.resolveSibling("history.damaged"), StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public String toString() {
        return file.toString();
    }

    static void writeStreak(JsonWriter json, History.Streak streak) {
        json.beginObject().name("result").value(streak.result().toString()).name("runs").value(streak.runs())
                .name("since").value(streak.since()).endObject();
    }

    private static JsonWriter json(String kind, HistoryEntry run) {
        JsonWriter json = new JsonWriter().beginObject().name("kind").value(kind);
        run.writeTo(json);
        return json.endObject();
    }

    private static void writeLine(OutputStream out, JsonWriter json) throws IOException {
        out.write((json + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** What has been read so far. */
    private static final class Lines {
        private History history;
        private Header header;
        private long damaged;

        Lines(History otherwise) {
            history = otherwise;
        }

        void take(String line) throws IOException {
            try {
                if (line.length() > MAX_LINE) {
                    throw new IllegalArgumentException("too long");
                }
                if (!(JsonReader.parse(line) instanceof Map<?, ?> object)) {
                    throw new IllegalArgumentException("no object");
                }
                switch (HistoryEntry.string(object.get("kind"))) {
                    case "history" -> header = Header.from(object);
                    case "failure" -> history = history.withOlderFailure(HistoryEntry.from(object));
                    case "run" -> history = history.runEnded(HistoryEntry.from(object));
                    default -> throw new IllegalArgumentException("unknown kind");
                }
            } catch (IllegalArgumentException e) {
                damaged++;
            }
        }

        History history() throws IOException {
            if (header == null && history.failures().isEmpty() && history.runs().isEmpty()) {
                throw new IOException("no line of it can be read");
            }
            Header known = header != null ? header
                    : new Header(history.interval(), history.maxRunDuration(), null, null, 0);
            History.Streak streak = known.streak != null ? known.streak : history.streak();
            return new History(known.interval, known.maxRunDuration, known.runningSince, streak, history.runs(),
                    history.failures(), known.damagedLines + damaged);
        }
    }

    /** The first line. */
    private record Header(Duration interval, Duration maxRunDuration, Instant runningSince, History.Streak streak,
            long damagedLines) {
        static Header from(Map<?, ?> object) throws IOException {
            if (!Double.valueOf(VERSION).equals(object.get("version"))) {
                throw new IOException("it is of version " + LogText.of(String.valueOf(object.get("version")), 40)
                        + ", and this vmtestd reads version " + VERSION);
            }
            Object running = object.get("running_since");
            return new Header(HistoryEntry.span(object.get("interval")), HistoryEntry.span(object.get("longest_run")),
                    running == null ? null : HistoryEntry.time(running), streak(object.get("streak")),
                    HistoryEntry.count(object.get("damaged_lines")));
        }

        private static History.Streak streak(Object value) {
            if (!(value instanceof Map<?, ?> streak)) {
                return null;
            }
            HistoryEntry.Result result = HistoryEntry.result(streak.get("result"));
            long runs = HistoryEntry.count(streak.get("runs"));
            return result == HistoryEntry.Result.INTERRUPTED || runs < 1 ? null
                    : new History.Streak(result, runs, HistoryEntry.time(streak.get("since")));
        }
    }
}
