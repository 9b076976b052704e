package vmtestd.report;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;

/**
 * An empty file that marks a condition, in a directory that any user may have created, such as {@code /tmp/flags}. That
 * directory is opened without following links and the file is addressed relative to it, so that nobody can have a file
 * created or removed elsewhere.
 *
 * @param path the file; the parent of its directory must exist
 */
record FlagFile(Path path) {
    /** Creates the file, and its directory if that is missing. */
    void set() throws IOException {
        try {
            Files.createDirectory(path.getParent());
        } catch (FileAlreadyExistsException e) {
            // If it is not a directory, opening it fails.
        }
        try (SecureDirectoryStream<Path> directory = openDirectory()) {
            directory.newByteChannel(path.getFileName(), Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)).close();
        } catch (FileAlreadyExistsException e) {
            if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException(path + " is not a regular file", e);
            }
        }
    }

    /** Removes the file, or the link in its place. */
    void clear() throws IOException {
        try (SecureDirectoryStream<Path> directory = openDirectory()) {
            directory.deleteFile(path.getFileName());
        } catch (NoSuchFileException e) {
            // Already clear.
        }
    }

    private SecureDirectoryStream<Path> openDirectory() throws IOException {
        Path directory = path.getParent();
        // Opening a named pipe would block.
        if (!Files.readAttributes(directory, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isDirectory()) {
            throw new IOException(directory + " is not a directory");
        }
        // On Linux every directory stream is secure.
        try (DirectoryStream<Path> parent = Files.newDirectoryStream(directory.getParent())) {
            return ((SecureDirectoryStream<Path>) parent).newDirectoryStream(directory.getFileName(), LinkOption.NOFOLLOW_LINKS);
        }
    }
}
