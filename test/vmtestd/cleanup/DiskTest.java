package vmtestd.cleanup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Operations that hang are those that wait for a latch. */
class DiskTest {
    private static final Duration BOUND = Duration.ofSeconds(60);

    private final StopSignal stop = new StopSignal();
    private final CountDownLatch hang = new CountDownLatch(1);
    private final CountDownLatch begun = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        hang.countDown();
        Thread.interrupted();
    }

    private String hang() {
        begun.countDown();
        try {
            hang.await();
            return "after all";
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts an operation", e);
        }
    }

    @Test
    void returnsWhatTheOperationReturnsOrThrows() throws Exception {
        Disk disk = new Disk(BOUND, stop);
        assertEquals("x", disk.run("reading", () -> "x"));
        assertEquals("gone", assertThrows(NoSuchFileException.class, () -> disk.run("reading", () -> {
            throw new NoSuchFileException("gone");
        })).getMessage());
        assertEquals("reading failed: java.lang.OutOfMemoryError: heap", assertThrows(IOException.class, () -> disk.run("reading", () -> {
            throw new OutOfMemoryError("heap");
        })).getMessage());
        assertEquals("y", disk.run("reading", () -> "y"));
    }

    @Test
    void whileOneHangsTheOthersFailAtOnceAndAfterItTheyGoOn() throws Exception {
        Disk disk = new Disk(Duration.ofMillis(100), stop);
        assertEquals("writing a has not finished within 100ms: the disk does not answer",
                assertThrows(IOException.class, () -> disk.run("writing a", this::hang)).getMessage());
        for (int i = 0; i < 3; i++) {
            assertEquals("writing a has not finished yet: the disk does not answer",
                    assertThrows(IOException.class, () -> disk.run("writing b", () -> {
                        throw new AssertionError("never run");
                    })).getMessage());
        }
        hang.countDown();
        assertTimeoutPreemptively(BOUND, () -> {
            while (true) {
                try {
                    assertEquals("b", disk.run("writing b", () -> "b"));
                    return;
                } catch (IOException e) {
                    Thread.sleep(1);
                }
            }
        });
    }

    /** An interrupt alone ends no wait: what is written down must be known to be. */
    @Test
    void anInterruptIsKeptForTheCaller() throws Exception {
        Disk disk = new Disk(BOUND, stop);
        Thread.currentThread().interrupt();
        assertEquals("x", disk.run("writing", () -> "x"));
        assertTrue(Thread.interrupted());
        assertFalse(Thread.interrupted());
    }

    @Test
    void aStopCutsTheWait() throws Exception {
        Disk disk = new Disk(Duration.ofDays(1), stop);
        Thread thread = new Thread(() -> {
            try {
                begun.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            stop.request();
        });
        thread.start();
        IOException e = assertTimeoutPreemptively(BOUND, () -> {
            stop.allowInterrupt();
            IOException thrown = assertThrows(InterruptedIOException.class, () -> disk.run("writing", this::hang));
            stop.forbidInterrupt();
            return thrown;
        });
        assertEquals("writing had not finished 2s after the stop", e.getMessage());
        thread.join();
    }
}
