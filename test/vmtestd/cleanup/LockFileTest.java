package vmtestd.cleanup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.run.Rig;
import vmtestd.time.Clock;

/** What other processes see of a lock is tested with processes; here is what one sees of its own. */
class LockFileTest {
    private static final String SELF = "process " + ProcessHandle.current().pid();

    @TempDir
    Path directory;
    private Path file;
    private LockFile lock;

    @BeforeEach
    void make() {
        file = directory.resolve("a.lock");
        lock = new LockFile(file, Rig.DISK);
    }

    @AfterEach
    void release() throws IOException {
        lock.release();
    }

    @Test
    void holdsTheProcessIdOfItsHolder() throws Exception {
        Files.writeString(file, "an earlier and longer text");
        assertFalse(lock.isHeld());
        assertTrue(take());
        assertTrue(lock.isHeld());
        assertEquals(SELF, LockFile.holder(file));
    }

    @Test
    void canBeTakenAgainOnceItIsReleased() throws Exception {
        assertTrue(take());
        assertTrue(take(), "held already");
        lock.release();
        lock.release();
        assertFalse(lock.isHeld());
        assertTrue(take());
    }

    @Test
    void isTakenOnAFullDiskToo() throws Exception {
        Files.createSymbolicLink(file, Path.of("/dev/full"));
        assertTrue(take());
    }

    @Test
    void isNotHeldOnceItsFileIsDeletedAndIsTakenOnTheNewOne() throws Exception {
        assertTrue(take());
        Files.delete(file);
        assertFalse(lock.isHeld());
        assertTrue(take());
        assertTrue(lock.isHeld());
        assertEquals(SELF, LockFile.holder(file));
    }

    @Test
    void isNotHeldOnceItsFileIsReplaced() throws Exception {
        assertTrue(take());
        Files.move(Files.writeString(directory.resolve("other"), "1\n"), file, StandardCopyOption.REPLACE_EXISTING);
        assertFalse(lock.isHeld());
        assertTrue(take());
        assertEquals(SELF, LockFile.holder(file));
    }

    /** As on a file system without locks. The JDK refuses a second lock on a file within one process. */
    @Test
    void isNotHeldIfLockingFails() throws Exception {
        assertTrue(take());
        LockFile other = new LockFile(file, Rig.DISK);
        assertThrows(IOException.class, () -> other.take(Duration.ZERO, Clock.system(), new StopSignal()));
        assertFalse(other.isHeld());
        other.release();
    }

    @Test
    void cannotBeTakenIfItIsNotAFile() throws Exception {
        Files.createDirectory(file);
        assertThrows(IOException.class, this::take);
        assertFalse(lock.isHeld());
    }

    private boolean take() throws IOException, InterruptedException {
        return lock.take(Duration.ZERO, Clock.system(), new StopSignal());
    }
}
