package vmtestd.cleanup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Writes a file as {@code FILE.new} and renames it over the old one, so that a reader never sees a part of it. Creates the
 * directory if necessary.
 */
public final class AtomicFile {
    private AtomicFile() {}

    /** Writes a file that everybody may read, whatever the umask, and that survives a power failure once this returns. */
    public static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.write(fresh, text.getBytes(StandardCharsets.UTF_8));
        try {
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
        } catch (IOException e) {
            // A file system without modes, such as FAT: its mount determines who may read.
        }
        force(fresh);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        // The rename is durable only once the directory is.
        force(file.getParent());
    }

    /** Forces a file or directory to disk, unless its file system does not support that. */
    public static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            channel.force(true);
        } catch (IOException e) {
            // EINVAL and ENOTSUP as strerror(3) words them: the JDK does not expose the number.
            if (!"Invalid argument".equals(e.getMessage()) && !"Operation not supported".equals(e.getMessage())) {
                throw e;
            }
        }
    }

    /**
     * Reads a file. Bytes that are not UTF-8 become U+FFFD.
     *
     * @param max the largest size in bytes
     * @throws java.nio.file.NoSuchFileException if it does not exist
     * @throws IOException if it cannot be read or is larger
     */
    public static String read(Path file, int max) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(max + 1);
            if (bytes.length > max) {
                throw new IOException("larger than " + max + " bytes");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (AccessDeniedException e) {
            throw new IOException("no permission", e);
        }
    }
}
