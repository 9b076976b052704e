package vmtestd;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A lock that one process holds, and that the system takes from it when it dies. The file stays, and
 * holds the process id of whoever locked it last.
 */
final class LockFile implements Closeable {
    private final FileChannel channel;

    private LockFile(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock where nobody has it.
     *
     * @return null where another process has it
     * @throws IOException where the file cannot be created or locked
     */
    static LockFile tryTake(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        LockFile taken = null;
        try {
            if (channel.tryLock() == null) {
                return null;
            }
            taken = new LockFile(channel);
            taken.writeProcessId();
            return taken;
        } finally {
            if (taken == null) {
                channel.close();
            }
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
    static String holder(Path file) throws IOException {
        String pid = Files.readString(file).strip();
        return pid.isEmpty() ? "another process" : "process " + pid;
    }

    /** Gives the lock back. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing a lock file failed", e);
        }
    }
}
