package vmtestd.zbus;

import java.io.Closeable;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;
import vmtestd.zbus.ZbusException.Kind;

/**
 * Calls modules, one call at a time. It connects when it has to and keeps the connection until that fails or is closed.
 *
 * <p>A request on a queue does not expire: a module executes it even if its caller has gone. So a request without a reply
 * is cancelled with {@code LREM}, whose reply shows whether the module had taken it. A reply that arrives later expires
 * after 300 s (zbus sets that). Only persistent requests, which undo something, stay on their queue.
 */
public final class ZbusClient implements Closeable {
    /** The time for a command that the broker answers at once, and for a module's status. */
    private static final Duration BRIEF = Duration.ofSeconds(3);
    /** The time for cancelling a call that timed out and finding out why. */
    private static final Duration EXPLANATION = Duration.ofSeconds(10);

    private final BrokerUrl url;
    private final Clock clock;
    private final CallListener listener;
    private final Deadline end;
    private final SplittableRandom random = new SplittableRandom();
    private Connection connection;

    public ZbusClient(BrokerUrl url, Clock clock, CallListener listener) {
        this(url, clock, listener, Deadline.in(clock, Duration.ofNanos(Long.MAX_VALUE)));
    }

    /** @param end bounds the time that a call takes after its own deadline, for cancelling it and finding out why it timed out */
    public ZbusClient(BrokerUrl url, Clock clock, CallListener listener, Deadline end) {
        this.url = url;
        this.clock = clock;
        this.listener = listener;
        this.end = end;
    }

    /**
     * Connects to the broker and checks that it answers.
     *
     * @throws ZbusException if it does not, or refuses the password
     */
    public void connect(Deadline deadline) throws ZbusException, InterruptedException {
        brokerCommand(Reply.Text.class, deadline, "PING");
    }

    /**
     * Sets a key in the broker.
     *
     * @param expiry at least a millisecond
     */
    public void set(String key, byte[] value, Duration expiry, Deadline deadline) throws ZbusException, InterruptedException {
        brokerCommand(Reply.Text.class, deadline, "SET", key, value, "PX", expiry.toMillis());
    }

    /**
     * Sets a key in the broker unless it exists: of several clients that claim it, one succeeds.
     *
     * @param expiry at least a millisecond
     * @return whether this call set it
     */
    public boolean claim(String key, Duration expiry, Deadline deadline) throws ZbusException, InterruptedException {
        return brokerCommand(Reply.class, deadline, "SET", key, "", "NX", "PX", expiry.toMillis()) instanceof Reply.Text;
    }

    /** Deletes a key that {@link #claim} set. */
    public void release(String key, Deadline deadline) throws ZbusException, InterruptedException {
        brokerCommand(Reply.Int.class, deadline, "DEL", key);
    }

    /** Returns how many requests are on an object's queue. */
    public long waiting(ZbusObject object, Deadline deadline) throws ZbusException, InterruptedException {
        return brokerCommand(Reply.Int.class, deadline, "LLEN", object.queue()).value();
    }

    private <T extends Reply> T brokerCommand(Class<T> form, Deadline deadline, Object... words)
            throws ZbusException, InterruptedException {
        try {
            return command(form, deadline, words);
        } catch (IOException e) {
            throw new ZbusException(e instanceof ProtocolException ? Kind.PROTOCOL_ERROR : Kind.UNREACHABLE, true, e.getMessage());
        }
    }

    /**
     * Calls a method and waits for its result.
     *
     * @param inputs the arguments, each packed as msgpack
     * @return the return value packed as msgpack, or null if the method returns nothing
     * @throws ZbusException if there is no result; the request is no longer on the queue, unless the broker is unreachable
     * @throws InterruptedException if this thread is interrupted; likewise, and the method may have been executed
     */
    public byte[] call(ZbusObject object, String method, List<byte[]> inputs, Deadline deadline)
            throws ZbusException, InterruptedException {
        return call(new Request(randomId(), object, method, inputs, false), deadline);
    }

    /**
     * Calls a method that undoes something and may be repeated. If there is no reply, the request stays on the queue and is
     * executed later. The next call with the same arguments replaces it there, even from another process.
     */
    public void callPersistent(ZbusObject object, String method, List<byte[]> inputs, Deadline deadline)
            throws ZbusException, InterruptedException {
        String id = object.queue() + "." + method + Arrays.deepToString(inputs.toArray());
        call(new Request(id, object, method, inputs, true), deadline);
    }

    /** Not UUID.randomUUID(), whose SecureRandom takes much memory. */
    private String randomId() {
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }

    /**
     * Returns a module's status. A worker of its own returns it while all others are busy, so a module that does not reply
     * is not running, or hangs as a whole.
     *
     * @throws ZbusException of kind {@code TIMEOUT} if the module does not reply
     */
    public ModuleStatus status(String module, Deadline deadline) throws ZbusException, InterruptedException {
        byte[] data = call(new Request(randomId(), new ZbusObject(module, "zbus", "1.0"), "", List.of(), false), deadline);
        try {
            return MessageReader.decode(data, ModuleStatus::decode);
        } catch (ProtocolException e) {
            throw new ZbusException(Kind.PROTOCOL_ERROR, true, module + " sent a malformed status: " + e.getMessage());
        }
    }

    /** Makes a call and reports it to the listener, unless it was not sent or is interrupted. */
    private byte[] call(Request request, Deadline deadline) throws ZbusException, InterruptedException {
        // Before anything is sent, and rounded, so that a message has the time that was configured: 2m0s, not 1m59.9s.
        Duration allowed = Duration.ofMillis(Math.round(deadline.remaining().toMillis() / 100.0) * 100);
        if (deadline.expired()) {
            throw new ZbusException(Kind.TIMEOUT, false, "no time was left to ask " + request.object().module() + " for " + request.name());
        }
        try {
            connected(deadline);
        } catch (IOException e) {
            throw new ZbusException(Kind.UNREACHABLE, false, request + ": " + e.getMessage());
        }
        long begin = clock.nanoTime();
        byte[] result = null;
        ZbusException failure = null;
        try {
            result = result(request, deadline, allowed);
        } catch (ZbusException e) {
            failure = e;
        } catch (InterruptedException e) {
            // Abandons the request.
            failure(request, new IOException(e), allowed);
            throw e;
        }
        Duration took = Duration.ofNanos(clock.nanoTime() - begin);
        listener.ended(new CallListener.Call(request.object(), request.method(), request.inputs(), took, result, failure));
        if (failure != null) {
            throw failure;
        }
        return result;
    }

    /** Sends a request and waits for its result. */
    private byte[] result(Request request, Deadline deadline, Duration allowed) throws ZbusException, InterruptedException {
        String module = request.object().module();
        byte[] message = request.encode();
        Response response;
        try {
            if (request.persistent()) {
                // An earlier call may have left the same request, or a late reply to it. If a worker still executes that
                // request, its reply counts as the reply to this one: the effect is the same.
                command(Reply.Int.class, deadline, "LREM", request.object().queue(), 0, message);
                command(Reply.Int.class, deadline, "DEL", request.id());
            }
            command(Reply.Int.class, deadline, "RPUSH", request.object().queue(), message);
            response = Response.decode(receive(request.id(), deadline));
            if (!response.id().equals(request.id())) {
                throw new ProtocolException("the response to another call, '" + response.id() + "'");
            }
        } catch (IOException e) {
            throw failure(request, e, allowed);
        }
        if (!response.protocolError().isEmpty()) {
            throw new ZbusException(Kind.PROTOCOL_ERROR, true, module + " refused " + request.name() + ": " + response.protocolError());
        }
        if (!response.callError().isEmpty()) {
            throw new ZbusException(Kind.REMOTE_ERROR, true, module + " failed to " + request.name() + ": " + response.callError());
        }
        return response.data();
    }

    private byte[] receive(String list, Deadline deadline) throws IOException, InterruptedException {
        do {
            // Redis before 6.0 takes whole seconds only, and 0 would mean forever. The connection has the exact deadline.
            long seconds = Math.max(0, deadline.remaining().toMillis()) / 1000 + 1;
            Reply reply = command(Reply.class, deadline, "BLPOP", list, seconds);
            if (reply instanceof Reply.Array array && array.items().size() == 2 && array.items().get(1) instanceof Reply.Bulk message) {
                return message.bytes();
            }
            if (!(reply instanceof Reply.Nil)) {
                throw new ProtocolException(url + " answered BLPOP without a list's name and value");
            }
        } while (!deadline.expired());
        // This process may not have run while the broker's timeout passed and the reply arrived.
        if (command(Reply.class, end.cappedAt(BRIEF), "LPOP", list) instanceof Reply.Bulk message) {
            return message.bytes();
        }
        throw new SocketTimeoutException("no reply on " + list);
    }

    /** Abandons a request and returns why there is no result; the broker's failure if that does not answer either. */
    private ZbusException failure(Request request, IOException e, Duration allowed) throws InterruptedException {
        Deadline explained = end.cappedAt(EXPLANATION);
        Kind kind = e instanceof ProtocolException ? Kind.PROTOCOL_ERROR : Kind.UNREACHABLE;
        String message = (kind == Kind.UNREACHABLE ? request.toString()
                : request.object().module() + " sent a malformed reply to " + request.name()) + ": " + e.getMessage();
        try {
            boolean mayRun = abandon(request);
            return e instanceof SocketTimeoutException
                    ? new ZbusException(Kind.TIMEOUT, mayRun, timeoutReason(request, mayRun, allowed, explained))
                    : new ZbusException(kind, mayRun, message);
        } catch (IOException broker) {
            return new ZbusException(kind, true, message + "; then: " + broker.getMessage());
        }
    }

    /**
     * Returns why a module did not reply in time: from its status, and from that of the module that it depends on.
     *
     * @param taken whether the module took the request
     * @param allowed the time that the call was given; no status request is given more
     * @param explained when both must be known; asking for one status may take 3 s, and cancelling that request as long again
     */
    private String timeoutReason(Request request, boolean taken, Duration allowed, Deadline explained) throws InterruptedException {
        ZbusObject object = request.object();
        if (request.method().isEmpty()) {
            return object.module() + (taken ? " hangs: it takes requests on " + object.queue() + ", and does not answer"
                    : " is not running: nobody answers on " + object.queue());
        }
        String silence = object.module() + " did not answer " + request.method() + " within " + GoDuration.format(allowed);
        String reason;
        try {
            ModuleStatus status = status(object.module(), explained.cappedAt(BRIEF).cappedAt(allowed));
            reason = silence + (status.busy().isEmpty() ? ", although its worker is free"
                    : ": its worker has been busy with " + status.calls(clock.now()));
        } catch (ZbusException e) {
            reason = e.kind() == Kind.TIMEOUT ? e.getMessage() + " (" + silence + ")" : silence + "; " + e.getMessage();
        }
        Deadline deadline = explained.cappedAt(BRIEF).cappedAt(allowed).cappedAt(explained.remaining().minus(BRIEF));
        if (object.dependsOn().isEmpty() || deadline.expired()) {
            return reason;
        }
        String depends = "; it depends on " + object.dependsOn();
        try {
            ModuleStatus status = status(object.dependsOn(), deadline);
            return reason + (status.isBusy() ? depends + ", whose worker has been busy with " + status.calls(clock.now()) : "");
        } catch (ZbusException e) {
            return reason + (e.kind() != Kind.TIMEOUT ? "" : depends + (e.mayHaveRun() ? ", which hangs" : ", which is not running"));
        }
    }

    /**
     * Removes a request from its queue and deletes its reply list. A persistent one stays, and this only checks that the
     * broker answers.
     *
     * @return whether the request may have been executed, or may be later
     * @throws InterruptedException after another attempt
     */
    private boolean abandon(Request request) throws IOException, InterruptedException {
        Deadline deadline = end.cappedAt(BRIEF);
        if (request.persistent()) {
            command(Reply.Text.class, deadline, "PING");
            return true;
        }
        boolean taken = command(Reply.Int.class, deadline, "LREM", request.object().queue(), 1, request.encode()).value() == 0;
        command(Reply.Int.class, deadline, "DEL", request.id());
        return taken;
    }

    private Connection connected(Deadline deadline) throws IOException, InterruptedException {
        if (connection == null || !connection.isOpen()) {
            connection = Connection.open(url, deadline);
        }
        return connection;
    }

    /**
     * Sends a command to the broker.
     *
     * @param form the reply's form; one of another form is a {@link ProtocolException}
     */
    private <T extends Reply> T command(Class<T> form, Deadline deadline, Object... words) throws IOException, InterruptedException {
        Reply reply = connected(deadline).call(deadline, words);
        if (reply instanceof Reply.Error error) {
            throw new IOException(url + " refused " + words[0] + ": " + error.words());
        }
        if (!form.isInstance(reply)) {
            throw new ProtocolException(url + " answered " + words[0] + " with " + reply.getClass().getSimpleName());
        }
        return form.cast(reply);
    }

    /** Closes the connection. The next call opens a new one. */
    @Override
    public void close() {
        if (connection != null) {
            connection.close();
        }
    }
}
