package vmtestd.zbus;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static vmtestd.zbus.ZbusClientTest.describe;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A call of the client on a thread of its own. */
final class Pending {
    private final FutureTask<byte[]> task;
    private final Thread thread;

    Pending(Callable<byte[]> call) {
        task = new FutureTask<>(call);
        thread = new Thread(task, "client");
        thread.setDaemon(true);
        thread.start();
    }

    byte[] get() throws Exception {
        try {
            return task.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } finally {
            thread.join(1000);
        }
    }

    void interrupt() {
        thread.interrupt();
    }

    /** How it fails; the message is given as kind, whether it may have run, and words. */
    String failure() {
        return describe(assertThrows(ZbusException.class, this::get));
    }
}
