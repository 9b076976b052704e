package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static vmtestd.status.HistoryTest.empty;
import static vmtestd.status.HistoryTest.failed;
import static vmtestd.status.HistoryTest.ids;
import static vmtestd.status.HistoryTest.interrupted;
import static vmtestd.status.HistoryTest.passed;
import static vmtestd.status.HistoryTest.started;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.cleanup.Cause;
import vmtestd.run.Step;

class HistoryFileTest {
    /** 20 failures, of which six are older than the last 100 runs. */
    private static final History FULL = HistoryTest.of(150, number -> number % 7 == 0 ? failed(number)
            : number % 31 == 0 ? interrupted(number) : passed(number)).runStarted(started(150));

    /** What the reader takes where nothing is known. */
    private static final History OTHERWISE = History.empty(Duration.ofSeconds(7), Duration.ofSeconds(70));

    @TempDir
    Path root;
    private Path path;
    private HistoryFile file;

    @BeforeEach
    void name() {
        path = root.resolve("history.jsonl");
        file = new HistoryFile(root);
    }

    @Test
    void isReadAsItIsWritten() throws Exception {
        for (History history : List.of(empty(), empty().runStarted(started(0)), HistoryTest.of(3, HistoryTest::interrupted),
                HistoryTest.of(20, HistoryTest::failed), HistoryTest.of(101, HistoryTest::failed), FULL)) {
            file.write(history);
            assertEquals(history, file.read(OTHERWISE).history());
        }
    }

    @Test
    void hasALineForTheDaemonAndOneForEachRun() throws Exception {
        file.write(empty().runEnded(failed(0)).runEnded(interrupted(1)).runStarted(started(2)));
        assertEquals("""
                {"kind":"history","version":1,"interval":300,"longest_run":1170,"running_since":"2026-11-22T00:10:00Z","damaged_lines":0,\
                "streak":{"result":"failed","runs":1,"since":"2026-11-22T00:00:00Z"}}
                {"kind":"run","id":"test-vm-1795305600","started":"2026-11-22T00:00:00Z","took":1.3,"result":"failed","step":"deploy",\
                "cause":"remote-error","detail":"vmd.Run: no space left on device","steps":{"connect":0.002,"list":0.003}}
                {"kind":"run","id":"test-vm-1795305900","started":"2026-11-22T00:05:00Z","took":5,"result":"interrupted","step":"wait",\
                "cause":"interrupted","detail":"told to stop","steps":{"connect":0.002}}
                """, Files.readString(path));
    }

    @Test
    void hasAFailureOnceOnly() throws Exception {
        file.write(FULL);
        List<String> lines = Files.readAllLines(path);
        assertEquals(1 + 6 + 100, lines.size());
        assertEquals(6, lines.stream().filter(line -> line.startsWith("{\"kind\":\"failure\",")).count());
        assertTrue(lines.subList(1, 7).stream().allMatch(line -> line.startsWith("{\"kind\":\"failure\",")), "the older ones first");
    }

    @Test
    void goesOnWithWhatItHasRead() throws Exception {
        History history = FULL;
        for (int number = 150; number < 400; number += 50) {
            for (int run = number; run < number + 50; run++) {
                history = history.runEnded(run % 11 == 0 ? failed(run) : passed(run));
            }
            file.write(history);
            assertEquals(history, file.read(OTHERWISE).history());
        }
        assertEquals(ids(300, 399), ids(history.runs()));
    }

    /** Characters that are written with six bytes each. */
    @Test
    void isReadWhereAllDetailsAreAsLongAsCanBe() throws Exception {
        String longest = "\ud83d\ude00".repeat(250) + "...";
        History history = HistoryTest.of(100, number -> failed(number, Step.UNMOUNT, Cause.PROTOCOL_ERROR, longest));
        file.write(history);
        assertEquals(history, file.read(OTHERWISE).history());
    }

    @Test
    void isReadWithItsOwnIntervalAndNotThatOfTheReader() throws Exception {
        file.write(empty());
        assertEquals(HistoryTest.INTERVAL, file.read(OTHERWISE).history().interval());
        assertEquals(HistoryTest.LONGEST_RUN, file.read(OTHERWISE).history().maxRunDuration());
    }

    @Test
    void saysApartThatThereIsNone() {
        assertThrows(NoSuchFileException.class, () -> file.read(OTHERWISE).history());
    }

    @Test
    void bringsItsFolder() throws Exception {
        HistoryFile deep = new HistoryFile(root.resolve("a/b"));
        deep.write(FULL);
        assertEquals(FULL, deep.read(OTHERWISE).history());
    }

    @Test
    void staysAsItWasWhereItCannotBeWritten() throws Exception {
        file.write(FULL);
        byte[] before = Files.readAllBytes(path);
        Files.createDirectory(root.resolve("history.jsonl.new"));
        assertThrows(IOException.class, () -> file.write(empty()));
        assertArrayEquals(before, Files.readAllBytes(path));
        assertEquals(FULL, file.read(OTHERWISE).history());
    }

    @Test
    void isSetAsideInPlaceOfAnEarlierOne() throws Exception {
        Files.writeString(root.resolve("history.damaged"), "earlier");
        Files.writeString(path, "later");
        assertEquals(root.resolve("history.damaged"), file.setAside());
        assertEquals("later", Files.readString(root.resolve("history.damaged")));
        assertFalse(Files.exists(path));
    }

    @Test
    void isCalledByItsPath() {
        assertEquals(path.toString(), file.toString());
    }
}
