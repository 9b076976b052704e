package vmtestd.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BtrfsFileTest {
    private static final String TEXT = "test-vm-1700000000 0123456789abcdef";
    private static final long BLOCK = 16 << 10;
    /** Where mkfs.btrfs puts the first metadata on a disk of 128 MiB. */
    private static final long METADATA = 38_797_312;
    private static final long BEFORE = 6;

    @TempDir
    Path directory;
    private Path path;
    private BtrfsFile file;

    @BeforeEach
    void format() throws IOException {
        path = directory.resolve("disk");
        file = new BtrfsFile(path.toString());
        try (RandomAccessFile disk = new RandomAccessFile(path.toFile(), "rw")) {
            disk.setLength(128 << 20);
        }
        superblock("_BHRfS_M", 7);
    }

    private void superblock(String magic, long generation) throws IOException {
        write(64 << 10, block(1).put(64, magic.getBytes(StandardCharsets.US_ASCII)).putLong(72, generation), 0, "");
    }

    /** A block of the file system whose id is all of this byte. */
    private static ByteBuffer block(int id) {
        ByteBuffer block = ByteBuffer.allocate((int) BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 32; i < 48; i++) {
            block.put(i, (byte) id);
        }
        return block;
    }

    private static ByteBuffer leaf(long generation) {
        return block(1).putLong(80, generation);
    }

    private void write(long at, ByteBuffer block, int textAt, String text) throws IOException {
        try (RandomAccessFile disk = new RandomAccessFile(path.toFile(), "rw")) {
            disk.seek(at);
            disk.write(block.put(textAt, text.getBytes(StandardCharsets.US_ASCII)).array());
        }
    }

    @Test
    void readsTheGeneration() throws Exception {
        assertEquals(7, file.generation());
    }

    @Test
    void aFileWithoutBtrfsHasNone() throws Exception {
        superblock("_BHRfS_N", 7);
        assertEquals(0, file.generation());
        Files.write(path, new byte[100]);
        assertThrows(EOFException.class, file::generation);
        Files.delete(path);
        assertThrows(IOException.class, file::generation);
        assertThrows(IOException.class, () -> file.holds(TEXT, BEFORE));
    }

    @Test
    void findsATextAnywhereInANewBlock() throws Exception {
        for (int at : new int[] {88, 9000, (int) BLOCK - TEXT.length()}) {
            write(METADATA, leaf(BEFORE), 0, "");
            assertFalse(file.holds(TEXT, BEFORE));
            write(METADATA, leaf(BEFORE + 1), at, TEXT);
            assertTrue(file.holds(TEXT, BEFORE), "at " + at);
        }
    }

    @Test
    void findsItInTheLastBlock() throws Exception {
        write((128 << 20) - BLOCK, leaf(BEFORE + 1), 100, TEXT);
        assertTrue(file.holds(TEXT, BEFORE));
    }

    @Test
    void aPartOfTheTextIsNotTheText() throws Exception {
        write(METADATA, leaf(BEFORE + 1), (int) BLOCK - TEXT.length() + 1, TEXT.substring(1));
        assertFalse(file.holds(TEXT, BEFORE));
    }

    @Test
    void anOldBlockDoesNotCount() throws Exception {
        write(METADATA, leaf(BEFORE), 100, TEXT);
        assertFalse(file.holds(TEXT, BEFORE));
    }

    @Test
    void aBlockOfAnotherFileSystemDoesNotCount() throws Exception {
        write(METADATA, block(2).putLong(80, BEFORE + 1), 100, TEXT);
        assertFalse(file.holds(TEXT, BEFORE));
    }

    /** A guest can make the disk's blocks, but not the file itself. */
    @Test
    void searchesNoMoreThan256NewBlocks() throws Exception {
        for (int i = 0; i < 256; i++) {
            write(METADATA + i * BLOCK, leaf(BEFORE + 1), 0, "");
        }
        write(METADATA + 256 * BLOCK, leaf(BEFORE + 1), 100, TEXT);
        assertFalse(file.holds(TEXT, BEFORE));
        write(METADATA + 255 * BLOCK, leaf(BEFORE + 1), 100, TEXT);
        assertTrue(file.holds(TEXT, BEFORE));
    }
}
