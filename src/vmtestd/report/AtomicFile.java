package vmtestd.report;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A file that is written whole beside the old one and renamed over it, so that whoever reads it never
 * sees a part. It is not forced to disk: what is reported may be lost with the power.
 */
public final class AtomicFile {
    private AtomicFile() {}

    /** What writes the content, piece by piece: none need be in memory as a whole. */
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    public static void write(Path file, String text) throws IOException {
        write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Writes a file that everybody may read, whatever the umask. */
    public static void writeForAll(Path file, String text) throws IOException {
        Path fresh = writeFresh(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
        try {
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
        } catch (IOException e) {
            // A file system without modes, such as FAT: who may read is up to its mount.
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    public static void write(Path file, Content content) throws IOException {
        Files.move(writeFresh(file, content), file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Path writeFresh(Path file, Content content) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.createDirectories(file.getParent());
        // A stream and no channel: an interrupt, by which a run is stopped, must not break it off.
        try (OutputStream out = new BufferedOutputStream(new FileOutputStream(fresh.toFile()))) {
            content.writeTo(out);
        }
        return fresh;
    }

    /**
     * Reads a file of at most {@code max} bytes; bytes that are no UTF-8 become U+FFFD.
     *
     * @throws java.nio.file.NoSuchFileException where there is none
     * @throws IOException where it cannot be read, or is larger
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
