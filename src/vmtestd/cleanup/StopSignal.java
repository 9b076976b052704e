package vmtestd.cleanup;

/**
 * How a run is told to stop. What it is doing is broken off by an interrupt, at once, but only where
 * breaking off is safe: cleanup goes on to its end.
 */
public final class StopSignal {
    private boolean requested;
    private Thread interruptible;

    /** Tells the run to stop, and every later one not to begin. From any thread. */
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

    /** Waits until somebody requests a stop. */
    public synchronized void awaitRequest() throws InterruptedException {
        while (!requested) {
            wait();
        }
    }

    /** From here on a stop interrupts this thread; one that came before does so now. */
    public synchronized void allowInterrupt() {
        interruptible = Thread.currentThread();
        if (requested) {
            interruptible.interrupt();
        }
    }

    /** From here on a stop is only noted. An interrupt that nobody has seen yet is forgotten. */
    public synchronized void forbidInterrupt() {
        interruptible = null;
        Thread.interrupted();
    }
}
