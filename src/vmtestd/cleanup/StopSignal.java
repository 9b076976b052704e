package vmtestd.cleanup;

/** A request to stop. It interrupts the thread that runs the test, but only while that is allowed: cleanup runs to its end. */
public final class StopSignal {
    private boolean requested;
    private Thread interruptible;

    /** Requests a stop, which cannot be undone. From any thread. */
    public synchronized void request() {
        requested = true;
        notifyAll();
        if (interruptible != null) {
            interruptible.interrupt();
        }
    }

    public synchronized boolean requested() {
        return requested;
    }

    /** Waits for a request. */
    public synchronized void awaitRequest() throws InterruptedException {
        while (!requested) {
            wait();
        }
    }

    /** From now on a stop interrupts this thread. One that was requested before does so at once. */
    public synchronized void allowInterrupt() {
        interruptible = Thread.currentThread();
        if (requested) {
            interruptible.interrupt();
        }
    }

    /** From now on a stop does not interrupt. Clears an interrupt that was not noticed yet. */
    public synchronized void forbidInterrupt() {
        interruptible = null;
        Thread.interrupted();
    }
}
