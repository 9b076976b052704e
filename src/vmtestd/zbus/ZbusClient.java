package vmtestd.zbus;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.redis.RespException;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;
import vmtestd.zbus.ZbusException.Kind;

/**
 * Calls modules, one call at a time. It dials when it has to and keeps the connection until it
 * fails or is closed.
 *
 * <p>A request on a queue has no expiry: one that its caller has given up is still run some day. So
 * whatever keeps an answer from coming, the request is taken back with {@code LREM}, which tells
 * whether it had been taken by the module, and its reply list is deleted. Only a request that undoes
 * something stays where it is: it should be run some day.
 */
public final class ZbusClient implements Closeable {
    /** How long the broker gets to answer what it answers at once, and a module to tell its state. */
    private static final Duration BRIEF = Duration.ofSeconds(3);
    /** What taking back and explaining a call that timed out may take together. */
    private static final Duration EXPLAINED = Duration.ofSeconds(10);
    /** How many reply lists are remembered on which an answer may still come. They expire by themselves. */
    private static final int MAX_LATE = 64;
    /** Longer than any process lasts. */
    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

    private final BrokerUrl url;
    private final Clock clock;
    private final CallListener observer;
    private final Deadline end;
    private final SplittableRandom random = new SplittableRandom();
    private final Deque<String> late = new ArrayDeque<>();
    private Connection connection;

    public ZbusClient(BrokerUrl url, Clock clock, CallListener observer) {
        this(url, clock, observer, Deadline.in(clock, FOR_EVER));
    }

    /** @param end bounds what comes on top of a call's own deadline: taking it back, and asking why */
    public ZbusClient(BrokerUrl url, Clock clock, CallListener observer, Deadline end) {
        this.url = url;
        this.clock = clock;
        this.observer = observer;
        this.end = end;
    }

    /**
     * Asks the broker whether it lives.
     *
     * @throws ZbusException where it does not, or refuses the password
     */
    public void ping(Deadline deadline) throws ZbusException, InterruptedException {
        try {
            expect(Reply.Text.class, "PING", command(deadline, "PING"));
            dropLateReplies();
        } catch (RespException e) {
            throw new ZbusException(Kind.PROTOCOL, false, e.getMessage());
        } catch (IOException e) {
            throw new ZbusException(Kind.TRANSPORT, false, e.getMessage());
        }
    }

    /**
     * Has the broker keep a value under a key for a time.
     *
     * @param expiry from a millisecond on
     * @throws ZbusException where it does not
     */
    public void set(String key, byte[] value, Duration expiry, Deadline deadline) throws ZbusException, InterruptedException {
        try {
            expect(Reply.Text.class, "SET", command(deadline, "SET", key, value, "PX", expiry.toMillis()));
        } catch (RespException e) {
            throw new ZbusException(Kind.PROTOCOL, true, e.getMessage());
        } catch (IOException e) {
            throw new ZbusException(Kind.TRANSPORT, true, e.getMessage());
        }
    }

    /**
     * Sets a key unless it exists.
     *
     * @param expiry from a millisecond on
     * @return whether it was set
     * @throws ZbusException if the broker does not answer or refuses
     */
    public boolean setIfAbsent(String key, String value, Duration expiry, Deadline deadline) throws ZbusException, InterruptedException {
        try {
            Reply reply = command(deadline, "SET", key, value, "NX", "PX", expiry.toMillis());
            return !(reply instanceof Reply.Nil) && expect(Reply.Text.class, "SET", reply) != null;
        } catch (RespException e) {
            throw new ZbusException(Kind.PROTOCOL, true, e.getMessage());
        } catch (IOException e) {
            throw new ZbusException(Kind.TRANSPORT, true, e.getMessage());
        }
    }

    /**
     * Calls a method and waits for what it returns.
     *
     * @param inputs the arguments, each packed by itself
     * @return msgpack of the return value; null where the method returns nothing
     * @throws ZbusException where no result came; the request is no longer on the queue then, unless
     *     the broker itself is away
     * @throws InterruptedException where this thread was interrupted; likewise. Whether the method
     *     ran is not known then
     */
    public byte[] call(ZbusObject object, String method, List<byte[]> inputs, Deadline deadline)
            throws ZbusException, InterruptedException {
        return call(new Request(newId(), object, method, inputs), deadline, false);
    }

    /**
     * Calls a method that undoes something, and that may be done again and again. Without an answer the
     * request stays on the queue, so that it is done even when nobody waits for it any more. The next call
     * with the same arguments takes its place there, whichever process makes it.
     *
     * @throws ZbusException where no result came
     */
    public void callPersistent(ZbusObject object, String method, List<byte[]> inputs, Deadline deadline)
            throws ZbusException, InterruptedException {
        call(new Request(idOf(object, method, inputs), object, method, inputs), deadline, true);
    }

    private byte[] call(Request request, Deadline deadline, boolean stands) throws ZbusException, InterruptedException {
        String module = request.object().module();
        String method = request.method();
        if (deadline.expired()) {
            throw new ZbusException(Kind.TIMEOUT, false, "no time was left to ask " + module + " for " + method);
        }
        try {
            connect(deadline);
        } catch (IOException e) {
            throw new ZbusException(Kind.TRANSPORT, false, module + " could not be asked for " + method + ": " + e.getMessage());
        }
        return observed(request, () -> resultOf(request, deadline, stands));
    }

    private interface Exchange {
        byte[] make() throws ZbusException, InterruptedException;
    }

    /** Makes a call, and tells the observer what became of it. */
    private byte[] observed(Request request, Exchange exchange) throws ZbusException, InterruptedException {
        long begin = clock.nanoTime();
        byte[] result = null;
        ZbusException failure = new ZbusException(Kind.TRANSPORT, true, "broken off");
        try {
            result = exchange.make();
            failure = null;
            return result;
        } catch (ZbusException e) {
            failure = e;
            throw e;
        } finally {
            Duration took = Duration.ofNanos(clock.nanoTime() - begin);
            observer.ended(new CallListener.Call(request.object(), request.method(), request.inputs(), took, result, failure));
        }
    }

    /** The call itself, and what its ways to fail mean. */
    private byte[] resultOf(Request request, Deadline deadline, boolean stands) throws ZbusException, InterruptedException {
        String module = request.object().module();
        String method = request.method();
        // To the tenth of a second: an operator who gave it 2m is not to read of 1m59.9s.
        Duration allowed = Duration.ofMillis(Math.round(deadline.remaining().toMillis() / 100.0) * 100);
        Response response;
        try {
            response = exchange(request, deadline, stands);
        } catch (SocketTimeoutException e) {
            throw timeout(request, stands, allowed);
        } catch (RespException | MalformedMessageException e) {
            throw failure(Kind.PROTOCOL, request, stands, module + " answered " + method + " with nonsense: " + e.getMessage());
        } catch (IOException e) {
            throw failure(Kind.TRANSPORT, request, stands, module + " could not be asked for " + method + ": " + e.getMessage());
        } catch (InterruptedException e) {
            throw afterGivingUp(request, stands, e);
        }
        if (response.protocolError() != null) {
            throw new ZbusException(Kind.PROTOCOL, true, module + " refused " + method + ": " + response.protocolError());
        }
        if (response.callError() != null) {
            throw new ZbusException(Kind.REMOTE, true, module + " failed to " + method + ": " + response.callError());
        }
        return response.data();
    }

    /**
     * Asks a module for its status. It has a worker of its own for that, which answers while all others
     * are busy: so one that does not answer is not running, or hangs as a whole.
     *
     * @throws ZbusException where no status came, of kind {@code TIMEOUT} where the broker is well and the
     *     module silent. The request is no longer on the queue then, as for {@link #call}
     */
    public ModuleStatus status(String module, Deadline deadline) throws ZbusException, InterruptedException {
        Request request = new Request(newId(), ZbusObject.statusOf(module), "", List.of());
        byte[] data = observed(request, () -> statusOf(request, deadline));
        try {
            return ModuleStatus.decode(data);
        } catch (MalformedMessageException e) {
            throw new ZbusException(Kind.PROTOCOL, true, "its status could not be read: " + e.getMessage());
        }
    }

    /**
     * Returns how many requests are on an object's queue.
     *
     * @throws ZbusException if the broker does not say
     */
    public long waiting(ZbusObject object, Deadline deadline) throws ZbusException, InterruptedException {
        try {
            return expect(Reply.Int.class, "LLEN", command(deadline, "LLEN", object.queue())).value();
        } catch (IOException e) {
            throw new ZbusException(Kind.TRANSPORT, false, e.getMessage());
        }
    }

    private byte[] statusOf(Request request, Deadline deadline) throws ZbusException, InterruptedException {
        try {
            Response response = exchange(request, deadline, false);
            if (response.data() == null) {
                throw new MalformedMessageException("no status");
            }
            return response.data();
        } catch (SocketTimeoutException e) {
            throw silence(request);
        } catch (RespException | MalformedMessageException e) {
            throw failure(Kind.PROTOCOL, request, false, "its status could not be read: " + e.getMessage());
        } catch (IOException e) {
            throw failure(Kind.TRANSPORT, request, false, "its status could not be read: " + e.getMessage());
        } catch (InterruptedException e) {
            throw afterGivingUp(request, false, e);
        }
    }

    /** What it means that a request for a status was not answered. */
    private ZbusException silence(Request request) throws InterruptedException {
        String module = request.object().module();
        String queue = request.object().queue();
        try {
            return abandon(request, false)
                    ? new ZbusException(Kind.TIMEOUT, true, module + " hangs: it takes requests on " + queue + ", and does not answer")
                    : new ZbusException(Kind.TIMEOUT, false, module + " is not running: nobody answers on " + queue);
        } catch (IOException e) {
            return new ZbusException(Kind.TRANSPORT, true, "its status could not be read: the broker does not answer: " + e.getMessage());
        }
    }

    /**
     * Closes the connection until the next call, which dials anew. Replies that came too late are
     * deleted first; where that fails, the next {@link #ping} does it, or Redis itself five minutes
     * after each came.
     */
    public void disconnect() throws InterruptedException {
        try {
            if (connection != null && connection.isOpen()) {
                dropLateReplies();
            }
        } catch (IOException e) {
            // Their names are still known, for the next time.
        } finally {
            close();
        }
    }

    @Override
    public void close() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }

    /** Pushes a request and waits for its response, which must be the response to that request. */
    private Response exchange(Request request, Deadline deadline, boolean stands) throws IOException, InterruptedException {
        if (stands) {
            // An earlier call, perhaps of another process, may have left the same request, or its late reply. A
            // worker that is still busy with that request will answer this one in its place. That is harmless:
            // it has done the same thing, and this request is run before any that is pushed after it.
            expect(Reply.Int.class, "LREM", command(deadline, "LREM", request.object().queue(), "0", request.encode()));
            expect(Reply.Int.class, "DEL", command(deadline, "DEL", request.id()));
        }
        expect(Reply.Int.class, "RPUSH", command(deadline, "RPUSH", request.object().queue(), request.encode()));
        Response response = Response.decode(reply(request, deadline));
        if (!response.id().equals(request.id())) {
            throw new MalformedMessageException("the response to another call, '" + response.id() + "'");
        }
        return response;
    }

    private byte[] reply(Request request, Deadline deadline) throws IOException, InterruptedException {
        Reply reply;
        do {
            // Whole seconds, as Redis before 6.0 wants them, and rounded up: 0 would be for ever. The
            // connection keeps to the deadline.
            long seconds = Math.max(0, deadline.remaining().toMillis()) / 1000 + 1;
            reply = command(deadline, "BLPOP", request.id(), Long.toString(seconds));
        } while (reply instanceof Reply.Nil && !deadline.expired());
        if (reply instanceof Reply.Nil) {
            // The broker's time ran out while this process did not run. What has come since then counts.
            reply = command(brief(), "LPOP", request.id());
            if (reply instanceof Reply.Nil) {
                throw new SocketTimeoutException("no reply on " + request.id());
            }
            return expect(Reply.Bulk.class, "LPOP", reply).bytes();
        }
        List<Reply> items = expect(Reply.Array.class, "BLPOP", reply).items();
        if (items.size() != 2 || !(items.get(1) instanceof Reply.Bulk payload)) {
            throw new RespException(url + " answered BLPOP with no list's name and value");
        }
        return payload.bytes();
    }

    /** What nobody answered in time: a failure of the broker where that is silent too, else of the module. */
    private ZbusException timeout(Request request, boolean stands, Duration allowed) throws InterruptedException {
        String module = request.object().module();
        Deadline explained = end.cappedAt(EXPLAINED);
        try {
            boolean mayRun = abandon(request, stands);
            return new ZbusException(Kind.TIMEOUT, mayRun, whyNoAnswer(request, allowed, explained));
        } catch (IOException e) {
            return new ZbusException(Kind.TRANSPORT, true,
                    module + " could not be asked for " + request.method() + ": the broker does not answer: " + e.getMessage());
        }
    }

    private ZbusException failure(Kind kind, Request request, boolean stands, String message) throws InterruptedException {
        try {
            return new ZbusException(kind, abandon(request, stands), message);
        } catch (IOException e) {
            return new ZbusException(kind, true, message + "; then: " + e.getMessage());
        }
    }

    /** Gives a request up and hands the interrupt on that was the reason. */
    private InterruptedException afterGivingUp(Request request, boolean stands, InterruptedException interrupt)
            throws InterruptedException {
        try {
            abandon(request, stands);
        } catch (IOException e) {
            interrupt.addSuppressed(e);
        }
        return interrupt;
    }

    /**
     * Takes a request back that was not answered, unless it is one that stands.
     *
     * @return whether it may have run, or may run yet
     * @throws IOException where the broker does not say; it may run then
     * @throws InterruptedException once the request is given up: an interrupt does not prevent that
     */
    private boolean abandon(Request request, boolean stands) throws IOException, InterruptedException {
        remember(request.id());
        try {
            return stands ? isBrokerThere() : cancel(request);
        } catch (InterruptedException e) {
            if (!stands) {
                cancel(request);
            }
            throw e;
        }
    }

    private boolean isBrokerThere() throws IOException, InterruptedException {
        expect(Reply.Text.class, "PING", command(brief(), "PING"));
        return true;
    }

    /**
     * Removes a request from its queue, and its reply list.
     *
     * @return whether the request was gone already, so that it may yet run
     */
    private boolean cancel(Request request) throws IOException, InterruptedException {
        Deadline deadline = brief();
        Reply removed = command(deadline, "LREM", request.object().queue(), "1", request.encode());
        boolean mayRun = expect(Reply.Int.class, "LREM", removed).value() == 0;
        expect(Reply.Int.class, "DEL", command(deadline, "DEL", request.id()));
        if (!mayRun) {
            late.remove(request.id());
        }
        return mayRun;
    }

    private void remember(String replyTo) {
        late.remove(replyTo);
        late.add(replyTo);
        if (late.size() > MAX_LATE) {
            late.remove();
        }
    }

    /** Deletes what came too late. A reply may come later still, so the names are kept, for as long as there is room. */
    private void dropLateReplies() throws IOException, InterruptedException {
        if (!late.isEmpty()) {
            List<Object> command = new ArrayList<>(late);
            command.add(0, "DEL");
            expect(Reply.Int.class, "DEL", command(brief(), command.toArray()));
        }
    }

    /** Asks a silent module for its status, and the one it depends on, and words what is known then. */
    private String whyNoAnswer(Request request, Duration allowed, Deadline explained) throws InterruptedException {
        String module = request.object().module();
        String silence = module + " did not answer " + request.method() + " within " + GoDuration.format(allowed);
        String why;
        try {
            // A caller with less patience than that does not get more of it for the explanation.
            String busy = busy(status(module, brief().cappedAt(allowed)), ": its worker has been busy with ");
            why = silence + (busy.isEmpty() ? ", although its worker is free" : busy);
        } catch (ZbusException e) {
            why = e.kind() == Kind.TIMEOUT ? e.getMessage() + " (" + silence + ")" : silence + "; " + e.getMessage();
        }
        // What is left, less the time to take that request back too.
        Deadline deadline = brief().cappedAt(allowed).cappedAt(explained.remaining().minus(BRIEF));
        return why + dependency(request.object().dependsOn(), deadline);
    }

    /** Words what keeps a module from answering on which another one depends; empty if nothing does, or nobody knows. */
    private String dependency(String module, Deadline deadline) throws InterruptedException {
        if (module.isEmpty() || deadline.expired()) {
            return "";
        }
        String depends = "; it depends on " + module;
        try {
            ModuleStatus status = status(module, deadline);
            for (ModuleStatus.Worker worker : status.workers()) {
                if (!worker.busy()) {
                    return "";
                }
            }
            String busy = busy(status, ", whose worker has been busy with ");
            return busy.isEmpty() ? "" : depends + busy;
        } catch (ZbusException e) {
            return e.kind() != Kind.TIMEOUT ? "" : depends + (e.mayHaveRun() ? ", which hangs" : ", which is not running");
        }
    }

    /** The calls that a module's workers are in, behind an introduction; empty if there are none. */
    private String busy(ModuleStatus status, String introduction) {
        StringBuilder busy = new StringBuilder();
        for (ModuleStatus.Worker worker : status.workers()) {
            if (worker.busy()) {
                // Two readings of the wall clock: a jump between them must not show as a negative span.
                Duration since = Duration.between(worker.since(), clock.now());
                busy.append(busy.length() == 0 ? introduction : ", another with ")
                        .append(worker.action()).append(" for ")
                        .append(GoDuration.format(since.isNegative() ? Duration.ZERO : since));
            }
        }
        return busy.toString();
    }

    private Deadline brief() {
        return end.cappedAt(BRIEF);
    }

    private Connection connect(Deadline deadline) throws IOException, InterruptedException {
        if (connection == null || !connection.isOpen()) {
            connection = Connection.open(url, deadline);
        }
        return connection;
    }

    private Reply command(Deadline deadline, Object... words) throws IOException, InterruptedException {
        return connect(deadline).call(deadline, words);
    }

    /** The reply in the form that the command has. An error in its place is the broker refusing the command. */
    private <T extends Reply> T expect(Class<T> form, String command, Reply reply) throws IOException {
        if (reply instanceof Reply.Error error) {
            throw new IOException(url + " refused " + command + ": " + error.words());
        }
        if (!form.isInstance(reply)) {
            throw new RespException(url + " answered " + command + " with " + reply.getClass().getSimpleName());
        }
        return form.cast(reply);
    }

    /** A random UUID. It need only be unique on one broker, so the JDK's costly SecureRandom stays out. */
    private String newId() {
        return uuid(4, random);
    }

    /** An ID that is always the same for the same call: by FNV-1a, as MessageDigest loads the security providers. */
    private static String idOf(ZbusObject object, String method, List<byte[]> inputs) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : new Request(object.queue(), object, method, inputs).encode()) {
            hash = (hash ^ b & 0xff) * 0x100000001b3L;
        }
        return uuid(8, new SplittableRandom(hash));
    }

    /** @param version 4 for random bits, 8 for bits derived in a way of one's own: RFC 9562 */
    private static String uuid(int version, SplittableRandom bits) {
        long high = bits.nextLong() & ~0xf000L | version << 12;
        long low = bits.nextLong() & ~(3L << 62) | 1L << 63;
        return new UUID(high, low).toString();
    }
}
