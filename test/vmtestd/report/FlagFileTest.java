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
    private Path directory;
    private Path file;
    private FlagFile flag;

    @BeforeEach
    void name() {
        directory = tmp.resolve("flags");
        file = directory.resolve("vm-test-failed");
        flag = new FlagFile(file);
    }

    @Test
    void isAnEmptyFileAndCreatesItsDirectory() throws Exception {
        flag.set();
        assertTrue(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
        assertEquals(0, Files.size(file));
        flag.clear();
        assertEquals(List.of(), names(directory));
    }

    @Test
    void mayBeSetAndClearedTwice() throws Exception {
        flag.set();
        flag.set();
        assertEquals(List.of("vm-test-failed"), names(directory));
        flag.clear();
        flag.clear();
        assertEquals(List.of(), names(directory));
    }

    @Test
    void keepsAFileThatExists() throws Exception {
        Files.createDirectory(directory);
        Files.writeString(file, "by hand");
        flag.set();
        assertEquals("by hand", Files.readString(file));
    }

    @Test
    void leavesOtherFlagsAlone() throws Exception {
        Files.createDirectory(directory);
        Files.createFile(directory.resolve("limited-cache"));
        flag.set();
        flag.clear();
        assertEquals(List.of("limited-cache"), names(directory));
    }

    @Test
    void isClearIfTheDirectoryIsMissing() throws Exception {
        flag.clear();
        assertFalse(Files.exists(directory), "created by clear");
    }

    @Test
    void createsNoMoreThanItsDirectory() throws Exception {
        FlagFile deep = new FlagFile(tmp.resolve("none/flags/vm-test-failed"));
        assertThrows(NoSuchFileException.class, deep::set);
        deep.clear();
        assertEquals(List.of(), names(tmp));
    }

    @Test
    void isRefusedInADirectoryThatIsALink() throws Exception {
        Path elsewhere = Files.createDirectory(tmp.resolve("elsewhere"));
        Files.createSymbolicLink(directory, elsewhere);
        assertThrows(IOException.class, flag::set);
        assertEquals(List.of(), names(elsewhere));

        Files.createFile(elsewhere.resolve("vm-test-failed"));
        assertThrows(IOException.class, flag::clear);
        assertEquals(List.of("vm-test-failed"), names(elsewhere));
    }

    @Test
    void isRefusedInADirectoryThatIsALinkToNothing() throws Exception {
        Files.createSymbolicLink(directory, tmp.resolve("elsewhere"));
        assertThrows(IOException.class, flag::set);
        assertThrows(IOException.class, flag::clear);
        assertEquals(List.of("flags"), names(tmp));
    }

    @Test
    void isRefusedInADirectoryThatIsAFile() throws Exception {
        Files.writeString(directory, "a file");
        assertThrows(IOException.class, flag::set);
        assertThrows(IOException.class, flag::clear);
        assertEquals("a file", Files.readString(directory));
    }

    /** Nobody else can replace a directory of this user in /tmp, but its owner can. */
    @Test
    void isRefusedInADirectoryOfAnotherUser() throws Exception {
        Files.createDirectory(directory);
        assumeTrue(Files.getAttribute(directory, "unix:uid").equals(0), "only root can give a directory away");
        Files.setAttribute(directory, "unix:uid", 65534);
        assertEquals(directory + " is not a directory of this user", assertThrows(IOException.class, flag::set).getMessage());
        assertEquals(directory + " is not a directory of this user", assertThrows(IOException.class, flag::clear).getMessage());
        assertEquals(List.of(), names(directory));
    }

    /** Opening a pipe would block until its other end is opened, and cannot be interrupted. */
    @Test
    void isRefusedInADirectoryThatIsAPipe() throws Exception {
        assertEquals(0, new ProcessBuilder("mkfifo", directory.toString()).start().waitFor());
        refusedAtOnce(flag::set);
        refusedAtOnce(flag::clear);
    }

    private void refusedAtOnce(Executable action) throws Exception {
        try {
            assertTimeoutPreemptively(Duration.ofMillis(200), () -> assertThrows(IOException.class, action));
        } finally {
            // Opens both ends, which releases a thread that blocks.
            Files.newByteChannel(directory, StandardOpenOption.READ, StandardOpenOption.WRITE).close();
        }
    }

    @Test
    void isNotCreatedThroughALink() throws Exception {
        Files.createDirectory(directory);
        Path target = tmp.resolve("target");
        Files.createSymbolicLink(file, target);
        assertEquals(file + " is not a regular file", assertThrows(IOException.class, flag::set).getMessage());
        assertFalse(Files.exists(target));

        Files.writeString(target, "precious");
        assertEquals(file + " is not a regular file", assertThrows(IOException.class, flag::set).getMessage());
        assertEquals("precious", Files.readString(target));
    }

    @Test
    void removesALinkAndNotItsTarget() throws Exception {
        Files.createDirectory(directory);
        Path target = Files.writeString(tmp.resolve("target"), "precious");
        Files.createSymbolicLink(file, target);
        flag.clear();
        assertEquals(List.of(), names(directory));
        assertEquals("precious", Files.readString(target));
    }

    @Test
    void isRefusedIfADirectoryHasItsName() throws Exception {
        Files.createDirectories(file.resolve("full"));
        assertEquals(file + " is not a regular file", assertThrows(IOException.class, flag::set).getMessage());
        assertThrows(IOException.class, flag::clear);
        assertTrue(Files.exists(file.resolve("full")));
    }

    /** The parent of the directory belongs to the system. */
    @Test
    void followsALinkAboveItsDirectory() throws Exception {
        Path real = Files.createDirectory(tmp.resolve("real"));
        Files.createSymbolicLink(tmp.resolve("link"), real);
        FlagFile behind = new FlagFile(tmp.resolve("link/flags/vm-test-failed"));
        behind.set();
        assertTrue(Files.exists(real.resolve("flags/vm-test-failed")));
        behind.clear();
        assertFalse(Files.exists(real.resolve("flags/vm-test-failed")));
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }
}
