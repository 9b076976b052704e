package vmtestd.node;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The btrfs in the file of a VM's disk, read without mounting it. A guest may have written anything there.
 *
 * <p>A committed write of the guest shows in the superblock's generation first. A file of less than 2 KiB is stored in a
 * leaf of a tree, a block that begins with its checksum, the file system's id and, among others, its generation.
 *
 * @param path the file's path on the node
 */
public record BtrfsFile(String path) {
    private static final int SUPERBLOCK = 64 << 10;
    private static final int FSID = 32;
    private static final int FSID_END = 48;
    private static final int MAGIC = 64;
    private static final int SUPER_GENERATION = 72;
    private static final int BLOCK_GENERATION = 80;
    private static final int HEADER_BYTES = 88;
    /** What mkfs.btrfs uses on a machine with pages of 4 KiB; all blocks are aligned to it. */
    private static final int BLOCK_BYTES = 16 << 10;
    /** Far more than a small file changes. */
    private static final int MAX_BLOCKS = 256;
    /** The interpreter takes some 70 ms to search that much. */
    private static final long MAX_BYTES = 128 << 20;

    /**
     * Returns the number of the last commit, or 0 if the file has no btrfs.
     *
     * @throws IOException if the file cannot be read
     */
    public long generation() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path, "r")) {
            ByteBuffer block = superblock(file);
            String magic = new String(block.array(), MAGIC, 8, StandardCharsets.ISO_8859_1);
            return magic.equals("_BHRfS_M") ? block.getLong(SUPER_GENERATION) : 0;
        }
    }

    private ByteBuffer superblock(RandomAccessFile file) throws IOException {
        ByteBuffer block = ByteBuffer.wrap(new byte[HEADER_BYTES]).order(ByteOrder.LITTLE_ENDIAN);
        file.seek(SUPERBLOCK);
        file.readFully(block.array());
        return block;
    }

    /**
     * Returns whether a small file with this text, in ASCII, was committed.
     *
     * @param since the generation before it was written
     */
    public boolean holds(String text, long since) throws IOException {
        byte[] header = new byte[HEADER_BYTES];
        ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        byte[] block = new byte[BLOCK_BYTES];
        try (RandomAccessFile file = new RandomAccessFile(path, "r")) {
            byte[] id = superblock(file).array();
            long end = Math.min(file.length(), MAX_BYTES) - BLOCK_BYTES;
            int changed = 0;
            for (long at = 0; at <= end && changed < MAX_BLOCKS; at += BLOCK_BYTES) {
                file.seek(at);
                file.readFully(header);
                if (fields.getLong(BLOCK_GENERATION) > since && Arrays.equals(header, FSID, FSID_END, id, FSID, FSID_END)) {
                    changed++;
                    file.seek(at);
                    file.readFully(block);
                    if (new String(block, StandardCharsets.ISO_8859_1).contains(text)) {
                        return true;
                    }
                }
            }
            return false;
        }
    }
}
