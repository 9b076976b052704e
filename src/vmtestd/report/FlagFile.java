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
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.function.Predicate;

/**
 * An empty file that marks a condition, in a folder that everybody may write next to, as
 * {@code /tmp/flags} is. Each step is taken from the folder before it, and no link is followed, so that
 * nobody can have it made or removed elsewhere.
 *
 * @param path the file; the folder above its own must be there
 */
record FlagFile(Path path) {
    /** Makes the file, and its folder where that is missing. */
    void set() throws IOException {
        try {
            Files.createDirectory(path.getParent());
        } catch (FileAlreadyExistsException e) {
            // If it is a link or a file, opening it fails.
        }
        in((folder, name) -> {
            try {
                folder.newByteChannel(name, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)).close();
            } catch (FileAlreadyExistsException e) {
                if (!isA(folder, name, BasicFileAttributes::isRegularFile)) {
                    throw new IOException(path + " is no file");
                }
            }
        });
    }

    /** Removes the file; of a link, the link. */
    void clear() throws IOException {
        try {
            in(SecureDirectoryStream::deleteFile);
        } catch (NoSuchFileException e) {
            // As it should be.
        }
    }

    private interface Action {
        void at(SecureDirectoryStream<Path> folder, Path name) throws IOException;
    }

    private void in(Action action) throws IOException {
        Path folder = path.getParent();
        try (DirectoryStream<Path> above = Files.newDirectoryStream(folder.getParent())) {
            if (!(above instanceof SecureDirectoryStream<Path> secure)) {
                throw new IOException("links in " + folder + " cannot be told from folders on this system");
            }
            // Opening waits for the other end where somebody has made a pipe of it.
            if (!isA(secure, folder.getFileName(), BasicFileAttributes::isDirectory)) {
                throw new IOException(folder + " is no folder");
            }
            try (SecureDirectoryStream<Path> opened = secure.newDirectoryStream(folder.getFileName(), LinkOption.NOFOLLOW_LINKS)) {
                action.at(opened, path.getFileName());
            }
        }
    }

    private static boolean isA(SecureDirectoryStream<Path> folder, Path name, Predicate<BasicFileAttributes> kind) throws IOException {
        return kind.test(folder.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS).readAttributes());
    }
}
