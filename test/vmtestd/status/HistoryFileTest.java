package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static vmtestd.status.HistoryTest.empty;
import static vmtestd.status.HistoryTest.ended;
import static vmtestd.status.HistoryTest.failed;
import static vmtestd.status.HistoryTest.interrupted;
import static vmtestd.status.HistoryTest.passed;
import static vmtestd.status.HistoryTest.started;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.report.Style;
import vmtestd.run.Step;

class HistoryFileTest {
    /** 20 failures, of which six are older than the last 100 runs. */
    private static final History FULL = HistoryTest.of(150, number -> number % 7 == 0 ? failed(number)
            : number % 31 == 0 ? interrupted(number) : passed(number)).runStarted(started(150));

    @TempDir
    Path root;
    private Path path;
    private HistoryFile file;

    @BeforeEach
    void name() {
        path = root.resolve("history");
        file = HistoryFile.in(root);
    }

    @Test
    void isReadAsItIsWritten() throws Exception {
        for (History history : List.of(empty(), empty().runStarted(started(0)), HistoryTest.of(3, HistoryTest::interrupted),
                HistoryTest.of(20, HistoryTest::failed), HistoryTest.of(101, HistoryTest::failed), FULL)) {
            assertSurvives(history);
        }
    }

    @Test
    void isReadAsItIsWrittenForEachStepAndCause() throws Exception {
        for (Step step : Step.values()) {
            for (Cause cause : Cause.values()) {
                assertSurvives(ended(failed(0, step, cause, "words")));
            }
        }
    }

    @Test
    void hasALineForEachRunAndAtItsEndOneForTheDaemon() throws Exception {
        HistoryEntry failure = withConsoles(failed(0), "a panic\nC:\\tmp", "log");
        file.write(ended(failure, passed(1), interrupted(2)).runStarted(started(3)));
        String passedSteps = "connect=2 list=3 mount=1100 wait=10000";
        assertEquals(String.join("\n", "vmtestd history 1",
                "failure|test-vm-1795305600|2026-11-22T00:00:00Z|1300|failed|connect=2 list=3|deploy|remote-error|"
                        + "vmd.Run: no space left on device|a panic\\nC:\\\\tmp|log|vmd.Run 1ms no space|boot",
                "run|test-vm-1795305600|2026-11-22T00:00:00Z|1300|failed|connect=2 list=3|deploy|remote-error|vmd.Run: no space left on device||||boot",
                "run|test-vm-1795305900|2026-11-22T00:05:00Z|14200|passed|" + passedSteps + "|-|-|-||||boot",
                "run|test-vm-1795306200|2026-11-22T00:10:00Z|5000|interrupted|connect=2|wait|interrupted|told to stop||||boot",
                "hour|2026-11-22T00:00:00Z|1|1|1||", "day|2026-11-22T00:00:00Z|1|1|1|14200|",
                "daemon|300000|1170000|running|2026-11-22T00:15:00Z|2026-11-22T00:05:14Z|passed|1|2026-11-22T00:05:00Z", ""),
                Files.readString(path).replace('\t', '|'));
    }

    /** Whatever was on it: 4096 characters of a console, and the longest detail, survive. */
    @ParameterizedTest
    @ValueSource(strings = {"line\n", "\\", "\\n", "\\t\\\n", "\ud83d\ude00", "-", "\"", "x\u2028\n", "\u001b[2J\t\r\n"})
    void keepsTheConsolesOfAFailure(String text) throws Exception {
        HistoryEntry failure = withConsoles(failed(0, Step.BOOT, Cause.NO_BOOT, text.repeat(3).replaceAll("[\\p{Cntrl}\u2028]", "")),
                text.repeat(5000), text);
        assertSurvives(ended(failure));
    }

    @Test
    void isReadIfEverythingIsAsLongAsItCanBe() throws Exception {
        History history = empty();
        for (int number = 0; number < 120; number++) {
            history = ended(history, withConsoles(failed(number, Step.UNMOUNT, Cause.PROTOCOL_ERROR, "\u20ac".repeat(500) + "..."),
                    ("\u20ac".repeat(100) + "\n").repeat(50), ("\\".repeat(100) + "\n").repeat(50)));
        }
        assertEquals(4096, history.failures().get(0).guest().length());
        assertSurvives(history);
    }

    @Test
    void isContinuedAfterItWasRead() throws Exception {
        History history = FULL;
        for (int number = 150; number < 400; number += 50) {
            for (int run = number; run < number + 50; run++) {
                history = ended(history, run % 11 == 0 ? failed(run) : passed(run));
            }
            file.write(history);
            history = file.read();
        }
        assertEquals(HistoryTest.ids(300, 399), HistoryTest.ids(history.runs()));
    }

    @Test
    void distinguishesAMissingFile() {
        assertThrows(NoSuchFileException.class, () -> file.read());
    }

    /** The history of version 0.1. */
    @Test
    void leavesAnotherFileAlone() throws Exception {
        Path old = root.resolve("history.jsonl");
        Files.writeString(old, "old");
        assertThrows(NoSuchFileException.class, () -> file.read());
        file.write(FULL);
        assertEquals("old", Files.readString(old));
    }

    @Test
    void createsItsDirectory() throws Exception {
        HistoryFile deep = HistoryFile.in(root.resolve("a/b"));
        deep.write(empty());
        assertEquals(empty(), deep.read());
    }

    @Test
    void staysAsItWasIfItCannotBeWritten() throws Exception {
        file.write(FULL);
        byte[] before = Files.readAllBytes(path);
        Files.createDirectory(root.resolve("history.new"));
        assertThrows(IOException.class, () -> file.write(empty()));
        assertArrayEquals(before, Files.readAllBytes(path));
    }

    @Test
    void isSetAsideInPlaceOfAnEarlierOne() throws Exception {
        List<String> warnings = new ArrayList<>();
        assertSame(FULL, file.readOrSetAside(FULL, warnings::add), "there is none");
        Files.writeString(root.resolve("history.damaged"), "earlier");
        file.write(ended(passed(0)));
        assertEquals(file.read(), file.readOrSetAside(FULL, warnings::add));
        assertEquals(List.of(), warnings);
        Files.writeString(path, "later");
        assertSame(FULL, file.readOrSetAside(FULL, warnings::add));
        assertEquals(List.of(path + " cannot be read (line 1 is not 'vmtestd history 1'), starting a new one; the file is now "
                + root.resolve("history.damaged")), warnings);
        assertEquals("later", Files.readString(root.resolve("history.damaged")));
        assertFalse(Files.exists(path));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\n\n", "x", "\0\0\0\0", "vmtestd history 2\n", "{\"kind\":\"history\",\"version\":1}\n", "vmtestd history 1 \n"})
    void isRefusedIfItIsNoHistoryOrOfAnotherVersion(String text) throws Exception {
        assertEquals("line 1 is not 'vmtestd history 1'", refused(text));
    }

    @Test
    void isRefusedIfItIsBinaryOrTooLong() throws Exception {
        byte[] bytes = new byte[100_000];
        new Random(5).nextBytes(bytes);
        Files.write(path, bytes);
        assertThrows(IOException.class, () -> file.read());
        assertEquals("larger than 1048576 bytes", refused("x".repeat((1 << 20) + 1)));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "->", textBlock = """
            failure|test-vm      -> failures|test-vm    -> 2
            failure|test-vm      -> x                   -> 2
            connect=2 list=3|    -> connect 2|          -> 2
            connect=2 list=3|    -> connect=2 boots=3|  -> 2
            connect=2 list=3|    -> connect=-2|         -> 2
            |1300|               -> |1.3|               -> 2
            |1300|               -> |1000000000001|     -> 2
            |1300|               -> |                   -> 2
            |2026-11-22T00:00:00Z -> |2026-11-32T00:00:00Z -> 2
            |2026-11-22T00:00:00Z -> |+1000000000-12-31T23:59:59Z -> 2
            |failed|             -> |lost|              -> 2
            |deploy|             -> |-|                 -> 2
            |remote-error|       -> |error|             -> 2
            |no space|||         -> |no space||         -> 2
            |no space            -> |no \\qspace        -> 2
            hour|                -> hours|              -> 4
            |0|1|0||             -> |0|-1|0||           -> 4
            |0|1|0||             -> |0|1|0|             -> 4
            day|                 -> days|               -> 5
            daemon|              -> daemons|            -> 6
            |idle|2026           -> |idle|              -> 6
            |300000|             -> |-300000|           -> 6
            |300000|             -> |5m|                -> 6
            |-|failed            -> |0|failed           -> 6
            |failed|1|           -> |failed|one|        -> 6
            |failed|1|2026       -> |failed|1|2026-     -> 6
            """)
    void isRefusedWithTheNumberOfADamagedLine(String part, String damaged, int line) throws Exception {
        file.write(ended(failed(0, Step.DEPLOY, Cause.REMOTE_ERROR, "no space")));
        String text = Files.readString(path).replace('\t', '|');
        int at = text.indexOf(part);
        assertTrue(at >= 0, text);
        assertEquals("line " + line + " is damaged",
                refused((text.substring(0, at) + damaged + text.substring(at + part.length())).replace('|', '\t')));
    }

    @Test
    void isReadOrRejectedWhereverItIsCutOffOrChanged() throws Exception {
        file.write(ended(passed(0), withConsoles(failed(1), "guest", "log"), interrupted(2)));
        String text = Files.readString(path);
        for (int at = 0; at < text.length(); at++) {
            assertTrue(at >= text.length() - 2 || refused(text.substring(0, at)) != null, "cut off at " + at);
            Files.writeString(path, text.substring(0, at) + (char) (text.charAt(at) ^ 1) + text.substring(at + 1));
            try {
                Status status = new Status(file.read(), started(3));
                assertTrue(JsonReader.parse(status.json(null)) != null);
                StatusText.of(status, Style.PLAIN).lines().forEach(line -> assertTrue(line.length() <= 80, line));
                new Metrics("0", started(0), List.of(Scenario.BOOT)).httpText(status.history(), started(3));
            } catch (IOException e) {
                assertTrue(e.getMessage().matches("line \\d+ is .*|the last line is missing"), e.getMessage());
            }
        }
    }

    @Test
    void makesTextSafeForATerminal() throws Exception {
        file.write(ended(withConsoles(failed(0), "guest", "log")));
        Files.writeString(path, Files.readString(path).replace("guest", "\u001b[2J\\u0007\\7").replace("no space", "\u001b[2J"));
        assertThrows(IOException.class, () -> file.read(), "an escape that is not written");
        Files.writeString(path, Files.readString(path).replace("\\u0007", "\\7"));
        HistoryEntry failure = file.read().failures().get(0);
        assertEquals("\\u001b[2J\\u0007\\u0007", failure.guest());
        assertEquals("vmd.Run: \\u001b[2J left on device", failure.failure().detail());
    }

    /** A history is read as it was written, but for the fractions of two times. */
    private void assertSurvives(History history) throws IOException {
        file.write(history);
        assertEquals(new History(history.interval(), history.maxRunDuration(), history.running(), history.since().truncatedTo(ChronoUnit.SECONDS),
                history.lastSuccess() == null ? null : history.lastSuccess().truncatedTo(ChronoUnit.SECONDS), history.streak(), history.runs(),
                history.failures(), history.tallies()), file.read());
    }

    private String refused(String text) throws IOException {
        Files.writeString(path, text);
        return assertThrows(IOException.class, () -> file.read()).getMessage();
    }

    private static HistoryEntry withConsoles(HistoryEntry run, String guest, String console) {
        return new HistoryEntry(run.id(), run.scenario(), run.started(), run.took(), run.result(), run.failure(), run.steps(), guest, console, "vmd.Run 1ms no space");
    }
}
