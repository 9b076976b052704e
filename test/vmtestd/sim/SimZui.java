package vmtestd.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.msgpack.value.Value;

/** zui: a console screen that shows errors under labels. Its calls belong to no step of a run. */
public final class SimZui {
    private static final long PATIENCE_S = 60;

    /** A call of PushErrors: an empty list of errors clears the label. */
    public record Push(String label, List<String> errors) {}

    private final List<Push> pushes = new ArrayList<>();
    private volatile String refusal;
    private volatile CountDownLatch hanging = new CountDownLatch(0);

    SimZui() {}

    /** Returns all calls in order, including those without a reply. */
    public synchronized List<Push> pushes() {
        return List.copyOf(pushes);
    }

    /** Waits for the given number of calls and returns the last of them. */
    public synchronized Push await(int count) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (pushes.size() < count) {
            long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError("fewer than " + count + " calls of zui: " + pushes);
            }
            wait(left);
        }
        return pushes.get(count - 1);
    }

    /** Makes it return an error from now on, or none if it is null. */
    public void refuse(String words) {
        refusal = words;
    }

    /** Makes it busy with the next request until {@link #wake}. */
    public void hang() {
        hanging = new CountDownLatch(1);
    }

    /** Ends {@link #hang}. */
    public void wake() {
        hanging.countDown();
    }

    Value call(String method, List<Value> inputs) throws CallError, InterruptedException {
        if (!method.equals("PushErrors")) {
            throw new IllegalArgumentException(method);
        }
        // Read before the call is recorded: a test that waits for the call may change it for the next one.
        String words = refusal;
        add(new Push(inputs.get(0).asStringValue().asString(),
                inputs.get(1).asArrayValue().list().stream().map(error -> error.asStringValue().asString()).toList()));
        hanging.await();
        if (words != null) {
            throw new CallError(words);
        }
        return null;
    }

    private synchronized void add(Push push) {
        pushes.add(push);
        notifyAll();
    }
}
