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
 * A lock between processes, which the kernel releases when its holder ends. Anybody may delete the file, and the next
 * process then locks a new one, so a lock counts only while the file in the directory is the locked one. The file stays
 * and holds the process id of its last holder.
 */
public final class LockFile {
    /** Two are enough, unless another process replaces the file in between. */
    private static final int TRIES = 10;

    private final Path file;
    private FileChannel channel;
    /** Device and inode of the locked file. */
    private Object locked;

    public LockFile(Path file) {
        this.file = file;
    }

    /** Returns whether this process holds the lock, on the file that is in the directory now. */
    public boolean isHeld() throws IOException {
        Object key = key();
        return channel != null && key != null && key.equals(locked);
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
            // A channel does not tell which file it has open: it is the one that has the name before and after.
            locked = key();
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            boolean taken = false;
            try {
                taken = channel.tryLock() != null;
            } finally {
                if (!taken) {
                    release();
                }
            }
            if (!taken) {
                return false;
            }
            writeProcessId();
        }
        throw new IOException(file + " is replaced again and again");
    }

    /** Identifies the file in the directory; null if there is none. Opening it would lose the lock: POSIX drops it on any close. */
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
            // It is only for people. A full disk must not prevent the removal of leftovers.
        }
    }

    /** Returns who holds the lock, such as {@code process 4711}. */
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
