package vmtestd.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.msgpack.value.Value;

/** zui: a console screen that shows errors under labels. What it is told belongs to no step of a run. */
public final class SimZui {
    private static final long PATIENCE_S = 60;

    /** A call of PushErrors: an empty list of errors clears the label. */
    public record Push(String label, List<String> errors) {}

    private final List<Push> pushes = new ArrayList<>();
    private volatile String refusal;
    private volatile CountDownLatch hanging = new CountDownLatch(0);

    SimZui() {}

    /** All that it has been told, in its order; also what it has not answered. */
    public synchronized List<Push> pushes() {
        return List.copyOf(pushes);
    }

    /** Waits until it has been told so often; gives what it was told then. */
    public synchronized Push await(int count) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (pushes.size() < count) {
            long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError("zui was not told " + count + " times, but " + pushes);
            }
            wait(left);
        }
        return pushes.get(count - 1);
    }

    /** Has it answer with an error from now on; with null, as it should. */
    public void refuse(String words) {
        refusal = words;
    }

    /** Has it take one more request, and be busy with it until {@link #wake}. */
    public void hang() {
        hanging = new CountDownLatch(1);
    }

    /** Ends what {@link #hang} has begun. */
    public void wake() {
        hanging.countDown();
    }

    Value call(String method, List<Value> inputs) throws CallError, InterruptedException {
        if (!method.equals("PushErrors")) {
            throw new IllegalArgumentException(method);
        }
        // Decided before anybody hears of the call, and may have the next one answered otherwise.
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
