package vmtestd.preflight;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import vmtestd.cleanup.AtomicFile;
import vmtestd.cleanup.Journal;

/**
 * The root folder, seen without changing anything in it.
 *
 * @param trouble why a run could not use it; empty where one could
 * @param words how one could use it, where there is no trouble
 * @param journal null where it cannot be read
 */
record RootView(String trouble, String words, Journal journal, LockView runLock, LockView daemonLock) {
    /** More than all that a run has to write. */
    private static final int ROOM = 64 << 10;

    /** Looks at a folder, which may not be there yet. Where the disk hangs it does not return. */
    static RootView of(Path root, String prefix) {
        // The lock before the journal: what a run writes that has begun in between is at most taken for a leftover.
        LockView runLock = LockView.of(root.resolve("run.lock"));
        LockView daemonLock = LockView.of(root.resolve("daemon.lock"));
        String trouble = "";
        String words = "";
        Journal journal = null;
        try {
            journal = Journal.peek(root, prefix);
        } catch (IOException e) {
            trouble = "the journal in " + root + " cannot be read" + reason(e);
        }
        try {
            words = tryOut(root);
            Path fresh = root.resolve("journal.new");
            if (Files.exists(fresh, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(fresh)) {
                trouble = fresh + " is in the way: it is no file, and the journal is written there";
            }
        } catch (IOException e) {
            trouble = root + " cannot be written to" + reason(e);
        }
        return new RootView(trouble, words, journal, runLock, daemonLock);
    }

    /**
     * Proves that files can be made, written, locked, forced to disk and removed. A folder that is missing is not made: a daemon
     * that starts just then would come to use it, and lose it again.
     *
     * @return what was seen, for people
     */
    private static String tryOut(Path root) throws IOException {
        Path folder = root.toAbsolutePath();
        while (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            folder = folder.getParent();
        }
        if (!Files.isDirectory(folder)) {
            throw new NotDirectoryException(folder.toString());
        }
        Path file = folder.resolve("check." + Long.toHexString(new SplittableRandom().nextLong()));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            // Removed at once: whatever happens from here on, nothing stays.
            Files.delete(file);
            for (ByteBuffer bytes = ByteBuffer.allocate(ROOM); bytes.hasRemaining();) {
                channel.write(bytes);
            }
            channel.force(true);
            lock(channel);
        }
        AtomicFile.force(folder);
        return folder.equals(root.toAbsolutePath()) ? root + " can be written to"
                : root + " is not there yet, and can be made in " + folder;
    }

    /** Locks a file, as {@code run.lock} is; closing it ends that. */
    private static void lock(FileChannel channel) throws IOException {
        try {
            channel.tryLock();
        } catch (IOException e) {
            throw new IOException("file locks: " + e.getMessage(), e);
        }
    }

    private static String reason(IOException e) {
        // An exception of java.nio has its meaning in its reason or else its name, and the path in its message.
        String meaning = e instanceof FileSystemException known && known.getReason() == null
                ? e.getClass().getSimpleName().replaceFirst("Exception$", "") + ": " : "";
        return " (" + meaning + e.getMessage() + ")";
    }
}
