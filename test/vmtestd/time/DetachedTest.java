package vmtestd.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class DetachedTest {
    private final TestClock clock = TestClock.running();
    private final CountDownLatch never = new CountDownLatch(1);

    private Deadline in(long millis) {
        return Deadline.in(clock, Duration.ofMillis(millis));
    }

    @Test
    void returnsOrThrowsWhatTheActionDoes() throws Exception {
        assertEquals(7, Detached.call("test", () -> 7, in(10_000)));
        IOException thrown = new IOException("x");
        assertEquals(thrown, assertThrows(ExecutionException.class, () -> Detached.call("test", () -> {
            throw thrown;
        }, in(10_000))).getCause());
    }

    @Test
    void leavesAnActionBehindThatDoesNotEnd() {
        assertThrows(TimeoutException.class, () -> Detached.call("test", () -> {
            never.await();
            return 0;
        }, in(300)));
    }

    @Test
    void endsWithAnInterrupt() {
        Thread caller = Thread.currentThread();
        assertThrows(InterruptedException.class, () -> Detached.call("test", () -> {
            caller.interrupt();
            never.await();
            return 0;
        }, in(10_000)));
    }

    @Test
    void keepsWaitingIfTheProcessDidNotRun() throws Exception {
        assertEquals(7, Detached.call("test", () -> {
            clock.pause(Duration.ofHours(1));
            Thread.sleep(300);
            return 7;
        }, in(5_000)));
    }
}
