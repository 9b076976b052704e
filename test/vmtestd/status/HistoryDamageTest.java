package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static vmtestd.status.HistoryTest.empty;
import static vmtestd.status.HistoryTest.failed;
import static vmtestd.status.HistoryTest.ids;
import static vmtestd.status.HistoryTest.interrupted;
import static vmtestd.status.HistoryTest.passed;
import static vmtestd.status.HistoryTest.started;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.report.Style;
import vmtestd.status.History.Streak;

/** Of a damaged history, what is whole is kept, what is not is counted, and nobody who reads it fails. */
class HistoryDamageTest {
    /** Two failures older than the last 100 runs, five among them; the last runs passed. */
    private static final History HISTORY = HistoryTest.of(110, number -> number % 5 == 0 && number < 33 ? failed(number)
            : number == 108 ? interrupted(number) : passed(number)).runStarted(started(110));
    /** What the reader takes where nothing is known. */
    private static final History OTHERWISE = History.empty(Duration.ofSeconds(7), Duration.ofSeconds(70));

    private static List<String> whole;

    @TempDir
    Path root;
    private Path path;
    private HistoryFile file;
    private List<String> lines;

    @BeforeAll
    static void write(@TempDir Path root) throws Exception {
        new HistoryFile(root).write(HISTORY);
        whole = Files.readAllLines(root.resolve("history.jsonl"));
        assertEquals(ids(10, 109), ids(HISTORY.runs()));
        assertEquals(1 + 2 + 100, whole.size());
    }

    @BeforeEach
    void copy() {
        path = root.resolve("history.jsonl");
        file = new HistoryFile(root);
        lines = new ArrayList<>(whole);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "->", textBlock = """
            garbage -> x
            nothing -> ''
            blanks  -> ' '
            null    -> null
            number  -> 5
            list    -> [{"kind":"run"}]
            empty   -> {}
            kind    -> {"kind":7}
            word    -> {"kind":"runs"}
            bare    -> {"kind":"run"}
            older   -> {"kind":"failure"}
            header  -> {"kind":"history","version":1}
            twice   -> {"kind":"run"}{"kind":"run"}
            """)
    void losesALineThatIsNoRun(String name, String line) throws Exception {
        lines.set(50, line);
        assertLost(50, read());
    }

    /** Few bytes of such a line can become many of memory: it is not even looked into. */
    @Test
    void isDroppedWhereALineIsLongerThanAny() throws IOException {
        HistoryFile file = new HistoryFile(root);
        file.write(empty().runEnded(passed(1)).runEnded(passed(2)));
        Path path = root.resolve("history.jsonl");
        String text = Files.readString(path);
        String later = "{\"kind\":\"run\",\"later\":\"";
        Files.writeString(path, text.replaceFirst("\\{\"kind\":\"run\",", later + "x".repeat(32_000) + "\","));
        assertEquals(0, file.read(empty()).damaged());
        Files.writeString(path, text.replaceFirst("\\{\"kind\":\"run\",", later + "x".repeat(33_000) + "\","));
        HistoryFile.Reading reading = file.read(empty());
        assertEquals(1, reading.damaged());
        assertEquals(List.of(passed(2)), reading.history().runs());
    }

    @Test
    void losesNoMoreThanTheLineThatIsDamaged() throws Exception {
        for (int at : new int[] {1, 2, 3, 4, 10, 50, 101, 102}) {
            String line = lines.get(at);
            lines.set(at, line.substring(0, line.length() - 1));
            assertLost(at, read());
            lines.set(at, line.replace("\"took\":", "\"token\":"));
            assertLost(at, read());
            lines.set(at, line);
        }
    }

    @Test
    void doesNotTakeAnOlderFailureForARunWhereThereIsRoom() throws Exception {
        lines.subList(60, 80).replaceAll(line -> "x");
        History history = read();
        assertEquals(80, history.runs().size());
        assertEquals(HISTORY.failures(), history.failures());
        assertEquals(20, history.damagedLines());

        file.write(history);
        assertEquals(history, file.read(OTHERWISE).history(), "and not when it is written and read again");
    }

    @Test
    void isReadThoughOnlyOlderFailuresAreLeft() throws Exception {
        lines = new ArrayList<>(whole.subList(1, 3));
        assertEquals(new History(OTHERWISE.interval(), OTHERWISE.maxRunDuration(), null, null, List.of(), List.of(failed(0), failed(5)), 0), read());
    }

    @Test
    void countsOnWhatWasDamagedBefore() throws Exception {
        lines.set(50, "x");
        file.write(read());
        lines = new ArrayList<>(Files.readAllLines(path));
        lines.set(40, "x");
        lines.set(41, "x");
        assertEquals(3, read().damagedLines());
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "->", textBlock = """
            "kind":"history" -> "kind":"histori"
            "version":1      -> "version":1,
            300              -> -300
            300              -> "5m"
            "interval"       -> "x"
            "longest_run"    -> "x"
            1170             -> 1e10
            "2026-11-22T09:10:00Z" -> "09:10"
            "2026-11-22T09:10:00Z" -> 5
            "damaged_lines":0 -> "x":0
            "damaged_lines":0 -> "damaged_lines":-1
            "damaged_lines":0 -> "damaged_lines":0.5
            "runs":78        -> "runs":"78"
            "runs":78        -> "x":78
            "passed"         -> "good"
            "2026-11-22T02:35:00Z" -> "2026"
            "since"          -> "x"
            """)
    void takesFromTheRunsWhatADamagedHeaderDoesNotTell(String field, String broken) throws Exception {
        assertTrue(lines.get(0).contains(field), lines.get(0));
        lines.set(0, lines.get(0).replace(field, broken));
        assertEquals(new History(Duration.ofSeconds(7), Duration.ofSeconds(70), null, new Streak(Result.PASSED, 78, started(31)),
                HISTORY.runs(), HISTORY.failures(), 1), read());
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "->", textBlock = """
            "streak":{ -> "streak":5,"x":{
            "streak":{ -> "streak":"passed","x":{
            "streak":{ -> "strebk":{
            """)
    void takesTheStreakFromTheRunsWhereThatAloneIsDamaged(String field, String broken) throws Exception {
        assertTrue(lines.get(0).contains(field), lines.get(0));
        lines.set(0, lines.get(0).replace(field, broken));
        assertEquals(new Streak(Result.PASSED, 78, started(31)), read().streak());
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "->", textBlock = """
            "version":1 -> "version":2   -> 2.0
            "version":1 -> "version":"1" -> 1
            "version":1 -> "x":1         -> null
            "version":1 -> "version":"1\\u001b[2J12345678901234567890123456789012345678901234567890" -> 1\\u001b[2J123456789012345678901234567890...
            """)
    void isRefusedWhereItIsOfAnotherVersion(String field, String other, String version) throws Exception {
        lines.set(0, lines.get(0).replace(field, other));
        assertEquals("it is of version " + version + ", and this vmtestd reads version 1", refused(String.join("\n", lines)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\n\n\n", "x", "not a history\nat all\n", "{}\n{}\n", "\0\0\0\0", "{\"kind\":\"run\"}\n"})
    void isRefusedWhereNoLineOfItIsWhole(String text) throws Exception {
        assertEquals("no line of it can be read", refused(text));
    }

    @Test
    void isRefusedWhereItIsBinary() throws Exception {
        byte[] bytes = new byte[100_000];
        new Random(5).nextBytes(bytes);
        Files.write(path, bytes);
        assertEquals("no line of it can be read", assertThrows(IOException.class, () -> file.read(OTHERWISE).history()).getMessage());
    }

    @Test
    void isReadAroundBinaryGarbage() throws Exception {
        byte[] bytes = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
        Arrays.fill(bytes, lines.get(0).length() + 10, lines.get(0).length() + 15, (byte) 0xff);
        Files.write(path, bytes);
        assertLost(1, file.read(OTHERWISE).history());
    }

    @Test
    void isRefusedWhereItIsFarTooLong() throws Exception {
        String text = String.join("\n", lines) + "\n";
        assertEquals("larger than 1048576 bytes", refused(text + "x".repeat((1 << 20) - text.length() + 1)));
        Files.writeString(path, text + "x".repeat((1 << 20) - text.length()));
        assertEquals(HISTORY.runs(), file.read(OTHERWISE).history().runs());
    }

    @Test
    void isBelievedAsFarAsItsLinesAreWholeWhereverItIsCutOff() throws Exception {
        String text = history(2);
        for (int length = text.indexOf('\n') - 5; length < text.length(); length++) {
            String cut = text.substring(0, length);
            Files.writeString(path, cut);
            int ends = (int) cut.chars().filter(c -> c == '\n').count();
            boolean lineIsWhole = text.charAt(length) == '\n';
            int read = ends + (lineIsWhole ? 1 : 0);
            if (read == 0) {
                assertEquals("no line of it can be read", refused(cut));
                continue;
            }
            History history = file.read(OTHERWISE).history();
            assertEquals(ids(0, read - 2), ids(history.runs()), "cut off after " + length + " characters");
            assertEquals(cut.endsWith("\n") || lineIsWhole ? 0 : 1, history.damagedLines());
        }
    }

    @Test
    void isReadOrRefusedAndShownWhicheverCharacterIsChanged() throws Exception {
        String text = history(1);
        for (int at = 0; at < text.length(); at += 3) {
            shown(text.substring(0, at) + (char) (text.charAt(at) ^ 1) + text.substring(at + 1));
        }
    }

    @ParameterizedTest
    @CsvSource({"+1000000000-12-31T23:59:59Z", "-1000000000-01-01T00:00:00Z", "+999999999-12-31T23:59:59Z", "0000-01-01T00:00:00Z"})
    void isShownThoughItsTimesAreImpossible(String time) throws Exception {
        String text = history(1);
        shown(text.replace("\"running_since\":null", "\"running_since\":\"" + time + "\""));
        shown(text.replace("\"started\":\"2026-11-22T00:00:00Z\"", "\"started\":\"" + time + "\""));
        shown(text.replace("\"since\":\"2026-11-22T00:00:00Z\"", "\"since\":\"" + time + "\""));
    }

    /** Where it can be read, those who look at it must be able to show it. */
    private void shown(String text) throws IOException {
        Files.writeString(path, text);
        History history;
        try {
            history = file.read(OTHERWISE).history();
        } catch (IOException e) {
            return;
        }
        Status status = Status.of(history, started(3));
        assertTrue(JsonReader.parse(StatusJson.of(status)) != null);
        StatusText.of(status, Style.PLAIN).lines().forEach(line -> assertTrue(line.length() <= 80, line));
    }

    private String history(int runs) throws IOException {
        file.write(HistoryTest.of(runs, HistoryTest::failed));
        return Files.readString(path);
    }

    private History read() throws IOException {
        Files.writeString(path, String.join("\n", lines) + "\n");
        return file.read(OTHERWISE).history();
    }

    private String refused(String text) throws IOException {
        Files.writeString(path, text);
        return assertThrows(IOException.class, () -> file.read(OTHERWISE).history()).getMessage();
    }

    /** The history is whole but for that of this line: the first is the header, two are older failures. */
    private static void assertLost(int line, History history) {
        List<HistoryEntry> runs = new ArrayList<>(HISTORY.runs());
        List<HistoryEntry> failures = new ArrayList<>(HISTORY.failures());
        HistoryEntry lost = line <= 2 ? failures.get(line - 1) : runs.get(line - 3);
        runs.remove(lost);
        failures.remove(lost);
        assertEquals(new History(HISTORY.interval(), HISTORY.maxRunDuration(), HISTORY.runningSince(), HISTORY.streak(), runs, failures, 1),
                history);
    }
}
