package vmtestd.cleanup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AtomicFileTest {
    @TempDir
    Path root;

    @Test
    void isReadAsItWasWritten() throws Exception {
        Path file = root.resolve("file");
        for (String text : List.of("", "one\n", "gr\u00fc\u00dfe \u4e16 \ud83d\ude00\n", "x".repeat(100_000), "short")) {
            AtomicFile.write(file, text);
            assertEquals(text, AtomicFile.read(file, 100_000));
            assertEquals(List.of("file"), names());
        }
    }

    @Test
    void createsItsDirectories() throws Exception {
        Path file = root.resolve("a/b/file");
        AtomicFile.write(file, "text");
        assertEquals("text", Files.readString(file));
    }

    @Test
    void isReplacedAndNotWrittenOver() throws Exception {
        Path file = root.resolve("file");
        AtomicFile.write(file, "old");
        Path old = Files.createLink(root.resolve("old"), file);
        AtomicFile.write(file, "new");
        assertEquals("old", Files.readString(old), "who has the old one open reads on in it");
        assertEquals("new", Files.readString(file));
    }

    @Test
    void takesTheRemainsOfABrokenWriteAway() throws Exception {
        Files.writeString(root.resolve("file.new"), "half of something much longer");
        AtomicFile.write(root.resolve("file"), "whole");
        assertEquals("whole", Files.readString(root.resolve("file")));
        assertEquals(List.of("file"), names());
    }

    @Test
    void isUnchangedIfTheNewOneCannotBeWritten() throws Exception {
        Path file = root.resolve("file");
        AtomicFile.write(file, "old");
        Files.createDirectory(root.resolve("file.new"));
        assertThrows(IOException.class, () -> AtomicFile.write(file, "new"));
        assertEquals("old", Files.readString(file));
    }

    @Test
    void cannotBeWrittenIfItsDirectoryIsAFile() throws Exception {
        Path directory = Files.writeString(root.resolve("directory"), "a file");
        assertThrows(IOException.class, () -> AtomicFile.write(directory.resolve("file"), "text"));
        assertEquals("a file", Files.readString(directory));
    }

    @Test
    void isReadUpToItsBound() throws Exception {
        Path file = Files.writeString(root.resolve("file"), "x".repeat(10));
        assertEquals("x".repeat(10), AtomicFile.read(file, 10));
        assertEquals("larger than 9 bytes", assertThrows(IOException.class, () -> AtomicFile.read(file, 9)).getMessage());
    }

    @Test
    void isReadThoughItIsNoText() throws Exception {
        Path file = Files.write(root.resolve("file"), new byte[] {'a', (byte) 0xff, 0, (byte) 0xc3});
        assertEquals("a\ufffd\0\ufffd", AtomicFile.read(file, 4));
    }

    /** The umask decides on a new file's mode; here an earlier file has one already. */
    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "rw-rw-rw-"})
    void everybodyMayReadIt(String mode) throws Exception {
        Path file = root.resolve("file");
        Files.setPosixFilePermissions(Files.createFile(root.resolve("file.new")), PosixFilePermissions.fromString(mode));
        AtomicFile.write(file, "text");
        assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals("text", Files.readString(file));
    }

    @Test
    void saysApartThatThereIsNone() throws Exception {
        assertThrows(NoSuchFileException.class, () -> AtomicFile.read(root.resolve("none"), 10));
        assertThrows(IOException.class, () -> AtomicFile.read(root, 10), "a directory");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(root)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** The kernel answers EINVAL for a directory of /proc. */
    @Test
    void whatCannotBeForcedToDiskIsNoError() throws Exception {
        AtomicFile.force(Path.of("/proc/self"));
        AtomicFile.force(root);
        assertThrows(NoSuchFileException.class, () -> AtomicFile.force(root.resolve("none")));
    }
}
