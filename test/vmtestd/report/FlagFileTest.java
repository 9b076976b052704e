package vmtestd.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class FlagFileTest {
    @TempDir
    Path tmp;
    private Path folder;
    private Path file;
    private FlagFile flag;

    @BeforeEach
    void name() {
        folder = tmp.resolve("flags");
        file = folder.resolve("vm-test-failed");
        flag = new FlagFile(file);
    }

    @Test
    void isAnEmptyFileInAFolderThatComesWithIt() throws Exception {
        flag.set();
        assertTrue(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
        assertEquals(0, Files.size(file));
        flag.clear();
        assertEquals(List.of(), names(folder));
    }

    @Test
    void mayBeSetAndClearedTwice() throws Exception {
        flag.set();
        flag.set();
        assertEquals(List.of("vm-test-failed"), names(folder));
        flag.clear();
        flag.clear();
        assertEquals(List.of(), names(folder));
    }

    @Test
    void staysAsItIsWhereItIsThere() throws Exception {
        Files.createDirectory(folder);
        Files.writeString(file, "by hand");
        flag.set();
        assertEquals("by hand", Files.readString(file));
    }

    @Test
    void leavesOtherFlagsAlone() throws Exception {
        Files.createDirectory(folder);
        Files.createFile(folder.resolve("limited-cache"));
        flag.set();
        flag.clear();
        assertEquals(List.of("limited-cache"), names(folder));
    }

    @Test
    void isClearWhereTheFolderIsMissing() throws Exception {
        flag.clear();
        assertFalse(Files.exists(folder), "no folder for nothing");
    }

    @Test
    void bringsNoMoreThanItsFolder() throws Exception {
        FlagFile deep = new FlagFile(tmp.resolve("none/flags/vm-test-failed"));
        assertThrows(NoSuchFileException.class, deep::set);
        deep.clear();
        assertEquals(List.of(), names(tmp));
    }

    @Test
    void isRefusedInAFolderThatIsALink() throws Exception {
        Path elsewhere = Files.createDirectory(tmp.resolve("elsewhere"));
        Files.createSymbolicLink(folder, elsewhere);
        assertThrows(IOException.class, flag::set);
        assertEquals(List.of(), names(elsewhere));

        Files.createFile(elsewhere.resolve("vm-test-failed"));
        assertThrows(IOException.class, flag::clear);
        assertEquals(List.of("vm-test-failed"), names(elsewhere));
    }

    @Test
    void isRefusedInAFolderThatIsALinkToNothing() throws Exception {
        Files.createSymbolicLink(folder, tmp.resolve("elsewhere"));
        assertThrows(IOException.class, flag::set);
        assertThrows(IOException.class, flag::clear);
        assertEquals(List.of("flags"), names(tmp));
    }

    @Test
    void isRefusedInAFolderThatIsAFile() throws Exception {
        Files.writeString(folder, "a file");
        assertThrows(IOException.class, flag::set);
        assertThrows(IOException.class, flag::clear);
        assertEquals("a file", Files.readString(folder));
    }

    /** Nobody else can replace a directory of this user in /tmp, but its owner can. */
    @Test
    void isRefusedInAFolderOfAnotherUser() throws Exception {
        Files.createDirectory(folder);
        assumeTrue(Files.getAttribute(folder, "unix:uid").equals(0), "only root can give a directory away");
        Files.setAttribute(folder, "unix:uid", 65534);
        assertEquals(folder + " is not a directory of this user", assertThrows(IOException.class, flag::set).getMessage());
        assertEquals(folder + " is not a directory of this user", assertThrows(IOException.class, flag::clear).getMessage());
        assertEquals(List.of(), names(folder));
    }

    /** Opening one waits for somebody at its other end, and nothing breaks that off. */
    @Test
    void isRefusedInAFolderThatIsAPipe() throws Exception {
        assertEquals(0, new ProcessBuilder("mkfifo", folder.toString()).start().waitFor());
        refusedAtOnce(flag::set);
        refusedAtOnce(flag::clear);
    }

    private void refusedAtOnce(Executable action) throws Exception {
        try {
            assertTimeoutPreemptively(Duration.ofMillis(200), () -> assertThrows(IOException.class, action));
        } finally {
            // For reading too, which does not wait: lets one go that does.
            Files.newByteChannel(folder, StandardOpenOption.READ, StandardOpenOption.WRITE).close();
        }
    }

    @Test
    void isNotMadeWhereALinkPoints() throws Exception {
        Files.createDirectory(folder);
        Path target = tmp.resolve("target");
        Files.createSymbolicLink(file, target);
        assertEquals(file + " is not a regular file", assertThrows(IOException.class, flag::set).getMessage());
        assertFalse(Files.exists(target));

        Files.writeString(target, "precious");
        assertEquals(file + " is not a regular file", assertThrows(IOException.class, flag::set).getMessage());
        assertEquals("precious", Files.readString(target));
    }

    @Test
    void isClearedOfALinkAndNotOfItsTarget() throws Exception {
        Files.createDirectory(folder);
        Path target = Files.writeString(tmp.resolve("target"), "precious");
        Files.createSymbolicLink(file, target);
        flag.clear();
        assertEquals(List.of(), names(folder));
        assertEquals("precious", Files.readString(target));
    }

    @Test
    void isRefusedWhereAFolderHasItsName() throws Exception {
        Files.createDirectories(file.resolve("full"));
        assertEquals(file + " is not a regular file", assertThrows(IOException.class, flag::set).getMessage());
        assertThrows(IOException.class, flag::clear);
        assertTrue(Files.exists(file.resolve("full")));
    }

    /** What everybody may write next to is the flags' folder. The one above it is the system's. */
    @Test
    void followsALinkAboveItsFolder() throws Exception {
        Path real = Files.createDirectory(tmp.resolve("real"));
        Files.createSymbolicLink(tmp.resolve("link"), real);
        FlagFile behind = new FlagFile(tmp.resolve("link/flags/vm-test-failed"));
        behind.set();
        assertTrue(Files.exists(real.resolve("flags/vm-test-failed")));
        behind.clear();
        assertFalse(Files.exists(real.resolve("flags/vm-test-failed")));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }
}
