package vmtestd.cleanup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A lock that one process holds, and that the system takes from it when it dies. It counts only while the
 * file in the directory is the one that is locked: anybody may delete that file, and the next process then
 * locks a new one. The file stays, and holds the process id of whoever locked it last.
 */
public final class LockFile {
    /** Another process must replace the file between two system calls to need one more. */
    private static final int TRIES = 10;

    private final Path file;
    private FileChannel channel;
    /** Device and inode of the file that is locked. */
    private Object locked;

    public LockFile(Path file) {
        this.file = file;
    }

    /** Whether this process holds the lock, on the file that is in the directory now. */
    public boolean isHeld() throws IOException {
        return channel != null && locked.equals(key());
    }

    /**
     * Takes the lock unless another process holds it.
     *
     * @return whether this process holds it now
     * @throws IOException if the file cannot be created or locked
     */
    public boolean take() throws IOException {
        for (int i = 0; i < TRIES; i++) {
            if (isHeld()) {
                return true;
            }
            release();
            Object before = key();
            // Nothing tells which file a channel has open. If the name stood for the same one before and after, it is that.
            FileChannel opened = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            boolean taken = false;
            try {
                if (opened.tryLock() == null) {
                    return false;
                }
                taken = before != null && before.equals(key());
            } finally {
                if (!taken) {
                    opened.close();
                }
            }
            if (taken) {
                channel = opened;
                locked = before;
                writeProcessId();
                return true;
            }
        }
        throw new IOException(file + " is replaced again and again");
    }

    /** Identifies the file in the directory, or null if there is none. Opening it would lose the lock: POSIX drops it on any close. */
    private Object key() throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private void writeProcessId() {
        try {
            channel.truncate(0);
            // A ProcessHandle would bring a pool of threads with it.
            String pid = Path.of("/proc/self").toRealPath().getFileName() + "\n";
            channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException e) {
            // It is for people only: a full disk must not keep anybody from removing what is left over.
        }
    }

    /** Who holds the lock, for people: {@code process 4711}. */
    public String holder() throws IOException {
        String pid = Files.readString(file).strip();
        return pid.isEmpty() ? "another process" : "process " + pid;
    }

    /** Releases the lock, if held. */
    public void release() throws IOException {
        if (channel != null) {
            FileChannel old = channel;
            channel = null;
            old.close();
        }
    }
}
