package vmtestd.preflight;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import vmtestd.preflight.LockView.State;

/** Who holds a lock, by the kernel's own table and by tables that are made up. */
class LockViewTest {
    private static final LockView FREE = new LockView(State.FREE, "");

    @TempDir
    private Path folder;
    private Path file;
    private Path table;

    @BeforeEach
    void create() throws Exception {
        file = Files.writeString(folder.resolve("a.lock"), "4711\n");
        table = folder.resolve("locks");
    }

    private static FileChannel open(Path file) throws Exception {
        return FileChannel.open(file, StandardOpenOption.WRITE);
    }

    @Test
    void theKernelTellsOfALockOfThisProcessForAsLongAsItIsHeld() throws Exception {
        assertEquals(FREE, LockView.of(file));
        try (FileChannel channel = open(file)) {
            assertEquals(FREE, LockView.of(file), "open is not locked");
            assertNotNull(channel.tryLock());
            LockView held = new LockView(State.HELD, "process " + ProcessHandle.current().pid());
            assertEquals(held, LockView.of(file));
            assertEquals(held, LockView.of(file), "and to look has not taken it away");
            assertEquals(held, LockView.of(Files.createSymbolicLink(folder.resolve("link"), file)));
            assertEquals(FREE, LockView.of(Files.writeString(folder.resolve("other"), "")));
        }
        assertEquals(FREE, LockView.of(file));
    }

    /** DEVICE and INODE are those of a file which holds the id 4711. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "1: POSIX  ADVISORY  WRITE 4711 DEVICE:INODE 0 EOF | HELD",
        "17: POSIX  ADVISORY  WRITE 4712 DEVICE:INODE 0 9223372036854775806 | HELD",
        "1: -> POSIX  ADVISORY  WRITE 4711 DEVICE:INODE 0 EOF | FREE",
        "1: POSIX  ADVISORY  READ  4711 DEVICE:INODE 0 EOF | FREE",
        "1: FLOCK  ADVISORY  WRITE 4711 DEVICE:INODE 0 EOF | FREE",
        "1: POSIX  ADVISORY  WRITE 4711 DEVICE:INODE1 0 EOF | FREE",
        "1: POSIX  ADVISORY  WRITE 4711 00:1f:INODE 0 EOF | HELD",
        "1: POSIX  ADVISORY  WRITE 4712 00:1f:INODE 0 EOF | FREE",
        "1: POSIX  ADVISORY  WRITE 4711 1ff:1000:INODE 0 EOF | HELD",
        "1: POSIX  ADVISORY  WRITE 4711 00:1f:1INODE 0 EOF | FREE",
        "no such line at all | FREE",
        "'' | FREE"})
    void aLineOfTheTableIsOurLockOrIsNot(String line, State state) throws Exception {
        long number = (Long) Files.getAttribute(file, "unix:dev");
        // The numbers of the devices that a test runs on are small.
        String device = String.format("%02x:%02x", number >> 8 & 0xfff, number & 0xff);
        String inode = Files.getAttribute(file, "unix:ino").toString();
        Files.writeString(table, "1: POSIX  ADVISORY  WRITE 99 00:01:1 0 EOF\n"
                + line.replace("DEVICE", device).replace("INODE", inode) + "\n\377\n", StandardCharsets.ISO_8859_1);
        assertEquals(state, LockView.of(file, table).state());
    }

    @Test
    void withoutATableNobodyKnows() {
        assertEquals(State.UNKNOWN, LockView.of(file, folder.resolve("none")).state());
        assertEquals(FREE, LockView.of(folder.resolve("none"), folder.resolve("none")), "what is not there is held by nobody");
    }

    @Test
    void whatLiesBelowAFileIsUnknown() {
        assertEquals(State.UNKNOWN, LockView.of(file.resolve("below")).state());
    }
}
