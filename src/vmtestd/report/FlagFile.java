package vmtestd.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * An empty file that marks a condition, in a directory below one that any user may write to, such as {@code /tmp/flags}.
 * That directory must not be a link and must belong to this user: in a sticky directory such as {@code /tmp} nobody
 * else can then replace it, so no file is created or removed elsewhere.
 *
 * @param path the file; the parent of its directory must exist
 */
record FlagFile(Path path) {
    /** Creates the file, and its directory if that is missing. */
    void set() throws IOException {
        if (!Files.exists(path.getParent(), LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(path.getParent());
        }
        checkDirectory();
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            Files.createFile(path);
        } else if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(path + " is not a regular file");
        }
    }

    /** Removes the file, or the link in its place. */
    void clear() throws IOException {
        try {
            checkDirectory();
            Files.delete(path);
        } catch (NoSuchFileException e) {
            // Already clear.
        }
    }

    private void checkDirectory() throws IOException {
        Path directory = path.getParent();
        Map<String, Object> found = Files.readAttributes(directory, "unix:isDirectory,uid", LinkOption.NOFOLLOW_LINKS);
        if (!found.get("isDirectory").equals(true) || !found.get("uid").equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
            throw new IOException(directory + " is not a directory of this user");
        }
    }
}
