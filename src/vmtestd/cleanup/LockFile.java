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
import java.time.Duration;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/**
 * A lock between processes, which the kernel releases when its holder ends. Anybody may delete the file, and the next
 * process then locks a new one, so a lock counts only while the file in the directory is the locked one. The file stays
 * and holds the process id of its last holder.
 */
public final class LockFile {

    private static final Duration POLL = Duration.ofMillis(100);

    private final Path file;
    private final Disk disk;
    private FileChannel channel;
    /** Device and inode of the locked file; null if none is. */
    private Object locked;

    public LockFile(Path file, Disk disk) {
        this.file = file;
        this.disk = disk;
    }

    /** Returns whether this process holds the lock, on the file that is in the directory now. */
    public boolean isHeld() throws IOException {
        return disk.run("looking at " + file, this::holds);
    }

    private boolean holds() throws IOException {
        Object key = key();
        return channel != null && key != null && key.equals(locked);
    }

    /**
     * Takes the lock. Creates the directory, which may have been removed.
     *
     * @param patience how long to wait while another process holds it
     * @return whether this process holds it now
     * @throws IOException if the file cannot be created or locked
     * @throws InterruptedException if a stop was requested while it waited
     */
    public boolean take(Duration patience, Clock clock, StopSignal stop) throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(clock, patience);
        while (!disk.run("opening " + file, this::tryOnce)) {
            if (deadline.expired()) {
                return false;
            }
            if (stop.requested()) {
                throw new InterruptedException("waiting for " + file);
            }
            clock.sleep(POLL);
        }
        return true;
    }

    private boolean tryOnce() throws IOException {
        if (holds()) {
            return true;
        }
        close();
        Files.createDirectories(file.getParent());
        open().close();
        // A channel does not tell which file it has open: it is the one that has the name before and after.
        Object named = key();
        channel = open();
        locked = channel.tryLock() == null ? null : named;
        if (holds()) {
            writeProcessId();
            return true;
        }
        close();
        return false;
    }

    private FileChannel open() throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
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

    /** Returns who holds a lock, such as {@code process 4711}. */
    public static String holder(Path file) throws IOException {
        String pid = Files.readString(file).strip();
        return pid.isEmpty() ? "another process" : "process " + pid;
    }

    /** Releases the lock, if held. It stays held if the disk does not answer: a write that hangs may still be done. */
    public void release() throws IOException {
        if (channel != null) {
            disk.run("releasing " + file, this::close);
        }
    }

    private Void close() throws IOException {
        if (channel != null) {
            FileChannel old = channel;
            channel = null;
            locked = null;
            old.close();
        }
        return null;
    }
}
