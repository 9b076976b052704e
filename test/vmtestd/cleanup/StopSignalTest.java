package vmtestd.cleanup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class StopSignalTest {
    private final StopSignal stop = new StopSignal();

    @AfterEach
    void leaveNoInterruptToTheNextTest() {
        Thread.interrupted();
    }

    @Test
    void isNotRequestedAtFirst() {
        assertFalse(stop.requested());
        stop.allowInterrupt();
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void interruptsIfAllowed() {
        stop.allowInterrupt();
        stop.request();
        assertTrue(stop.requested());
        assertTrue(Thread.interrupted());
    }

    @Test
    void isOnlyNotedBeforeItIsAllowedAndInterruptsThen() {
        stop.request();
        assertTrue(stop.requested());
        assertFalse(Thread.currentThread().isInterrupted());
        stop.allowInterrupt();
        assertTrue(Thread.interrupted());
    }

    @Test
    void isOnlyRecordedIfInterruptsAreForbidden() {
        stop.allowInterrupt();
        stop.forbidInterrupt();
        stop.request();
        assertTrue(stop.requested());
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void forgetsAnInterruptThatNobodySawOnceItIsForbidden() {
        stop.allowInterrupt();
        stop.request();
        stop.forbidInterrupt();
        assertFalse(Thread.currentThread().isInterrupted());
        assertTrue(stop.requested());
        stop.allowInterrupt();
        assertTrue(Thread.interrupted(), "and remembers the request");
    }

    @Test
    void interruptsAgainIfRequestedAgain() {
        stop.allowInterrupt();
        stop.request();
        assertTrue(Thread.interrupted());
        stop.request();
        assertTrue(Thread.interrupted());
    }

    @Test
    void breaksOffWhatAnotherThreadWaitsFor() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        Thread run = new Thread(() -> {
            stop.allowInterrupt();
            seen.add("waiting");
            try {
                new CountDownLatch(1).await();
                seen.add("woken");
            } catch (InterruptedException e) {
                stop.forbidInterrupt();
                seen.add("broken off, interrupted: " + Thread.currentThread().isInterrupted());
            }
        });
        run.setDaemon(true);
        run.start();
        assertEquals("waiting", seen.poll(10, TimeUnit.SECONDS));
        stop.request();
        assertEquals("broken off, interrupted: false", seen.poll(10, TimeUnit.SECONDS));
        assertFalse(Thread.currentThread().isInterrupted(), "only the run's thread");
    }

    @Test
    void wakesThoseWhoWaitForIt() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        for (int i = 0; i < 2; i++) {
            Thread waiter = new Thread(() -> {
                try {
                    stop.awaitRequest();
                    seen.add("stop: " + stop.requested());
                } catch (InterruptedException e) {
                    seen.add("interrupted");
                }
            });
            waiter.setDaemon(true);
            waiter.start();
        }
        assertNull(seen.poll(), "nobody has requested it");
        stop.request();
        assertEquals("stop: true", seen.poll(10, TimeUnit.SECONDS));
        assertEquals("stop: true", seen.poll(10, TimeUnit.SECONDS));
        stop.awaitRequest();
    }
}
