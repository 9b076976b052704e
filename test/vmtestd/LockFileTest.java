package vmtestd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What other processes see of a lock is tested with processes; here is what one sees of its own. */
class LockFileTest {
    @TempDir
    Path folder;

    @Test
    void holdsTheProcessIdOfItsHolder() throws Exception {
        Path file = folder.resolve("a.lock");
        Files.writeString(file, "an earlier and longer text");
        LockFile lock = LockFile.tryTake(file);
        assertNotNull(lock);
        assertEquals("process " + ProcessHandle.current().pid(), LockFile.holder(file));
        lock.close();
        lock = LockFile.tryTake(file);
        assertNotNull(lock, "once it is given back, it can be taken again");
        lock.close();
    }

    @Test
    void isTakenOnAFullDiskToo() throws Exception {
        Path file = Files.createSymbolicLink(folder.resolve("a.lock"), Path.of("/dev/full"));
        LockFile lock = LockFile.tryTake(file);
        assertNotNull(lock);
        lock.close();
    }
}
