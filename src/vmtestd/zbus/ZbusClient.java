package vmtestd.zbus;

import java.io.Closeable;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
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
    static final Duration BRIEF = Duration.ofSeconds(3);
    /** The time for cancelling a call that timed out and finding out why. */
    private static final Duration EXPLANATION = Duration.ofSeconds(10);
    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private final BrokerUrl url;
    private final Clock clock;
    private final CallListener listener;
    private final Deadline end;
    private final SplittableRandom random = new SplittableRandom();
    private Connection connection;

    public ZbusClient(BrokerUrl url, Clock clock, CallListener listener) {
        this(url, clock, listener, Deadline.in(clock, FOREVER));
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

    private <T extends Reply> T brokerCommand(Class<T> form, Deadline deadline, Object... words) throws ZbusException, InterruptedException {
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
        // Not UUID.randomUUID(), whose SecureRandom takes much memory.
        return call(new Request(uuid(4, random), object, method, inputs), deadline, false);
    }

    /**
     * Calls a method that undoes something and may be repeated. If there is no reply, the request stays on the queue and is
     * executed later. The next call with the same arguments replaces it there, even from another process.
     */
    public void callPersistent(ZbusObject object, String method, List<byte[]> inputs, Deadline deadline)
            throws ZbusException, InterruptedException {
        // The same call has the same ID, by FNV-1a: MessageDigest loads the security providers.
        long hash = 0xcbf29ce484222325L;
        for (byte b : new Request(object.queue(), object, method, inputs).encode()) {
            hash = (hash ^ b & 0xff) * 0x100000001b3L;
        }
        call(new Request(uuid(8, new SplittableRandom(hash)), object, method, inputs), deadline, true);
    }

    /** @param version 4 for random bits, 8 for bits that are derived from something (RFC 9562) */
    private static String uuid(int version, SplittableRandom bits) {
        long high = bits.nextLong() & ~0xf000L | version << 12;
        long low = bits.nextLong() & ~(3L << 62) | 1L << 63;
        return new UUID(high, low).toString();
    }

    private byte[] call(Request request, Deadline deadline, boolean persistent) throws ZbusException, InterruptedException {
        if (deadline.expired()) {
            throw new ZbusException(Kind.TIMEOUT, false, "no time was left to ask " + request.object().module() + " for " + request.method());
        }
        return reported(request, deadline, persistent);
    }

    /**
     * Returns a module's status. A worker of its own returns it while all others are busy, so a module that does not reply
     * is not running, or hangs as a whole.
     *
     * @throws ZbusException of kind {@code TIMEOUT} if the module does not reply
     */
    public ModuleStatus status(String module, Deadline deadline) throws ZbusException, InterruptedException {
        byte[] data = reported(new Request(uuid(4, random), ZbusObject.statusOf(module), "", List.of()), deadline, false);
        try {
            return MessageReader.decode(data, ModuleStatus::decode);
        } catch (ProtocolException e) {
            throw new ZbusException(Kind.PROTOCOL_ERROR, true, module + " sent a malformed status: " + e.getMessage());
        }
    }

    /** Makes a call and reports it to the listener, unless the broker cannot be reached. */
    private byte[] reported(Request request, Deadline deadline, boolean persistent) throws ZbusException, InterruptedException {
        try {
            connected(deadline);
        } catch (IOException e) {
            throw new ZbusException(Kind.UNREACHABLE, false, request + ": " + e.getMessage());
        }
        long begin = clock.nanoTime();
        byte[] result = null;
        ZbusException failure = new ZbusException(Kind.UNREACHABLE, true, "interrupted");
        try {
            result = result(request, deadline, persistent);
            failure = null;
            return result;
        } catch (ZbusException e) {
            failure = e;
            throw e;
        } finally {
            Duration took = Duration.ofNanos(clock.nanoTime() - begin);
            listener.ended(new CallListener.Call(request.object(), request.method(), request.inputs(), took, result, failure));
        }
    }

    private byte[] result(Request request, Deadline deadline, boolean persistent) throws ZbusException, InterruptedException {
        String module = request.object().module();
        // Rounded, so that a message has the time that was configured: 2m0s, not 1m59.9s.
        Duration allowed = Duration.ofMillis(Math.round(deadline.remaining().toMillis() / 100.0) * 100);
        Response response;
        try {
            response = exchange(request, deadline, persistent);
        } catch (SocketTimeoutException e) {
            throw timeout(request, persistent, allowed);
        } catch (ProtocolException e) {
            throw failure(Kind.PROTOCOL_ERROR, request, persistent, module + " sent a malformed reply to " + request.name() + ": " + e.getMessage());
        } catch (IOException e) {
            throw failure(Kind.UNREACHABLE, request, persistent, request + ": " + e.getMessage());
        } catch (InterruptedException e) {
            try {
                abandon(request, persistent);
            } catch (IOException broker) {
                e.addSuppressed(broker);
            }
            throw e;
        }
        if (response.protocolError() != null) {
            throw new ZbusException(Kind.PROTOCOL_ERROR, true, module + " refused " + request.name() + ": " + response.protocolError());
        }
        if (response.callError() != null) {
            throw new ZbusException(Kind.REMOTE_ERROR, true, module + " failed to " + request.name() + ": " + response.callError());
        }
        return response.data();
    }

    /** Sends a request and waits for its response. */
    private Response exchange(Request request, Deadline deadline, boolean persistent) throws IOException, InterruptedException {
        String queue = request.object().queue();
        byte[] message = request.encode();
        if (persistent) {
            // An earlier call may have left the same request, or a late reply to it. If a worker still executes that
            // request, its reply counts as the reply to this one: the effect is the same.
            command(Reply.Int.class, deadline, "LREM", queue, 0, message);
            command(Reply.Int.class, deadline, "DEL", request.id());
        }
        command(Reply.Int.class, deadline, "RPUSH", queue, message);
        Response response = Response.decode(receive(request.id(), deadline));
        if (!response.id().equals(request.id())) {
            throw new ProtocolException("the response to another call, '" + response.id() + "'");
        }
        return response;
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
        if (command(Reply.class, brief(), "LPOP", list) instanceof Reply.Bulk message) {
            return message.bytes();
        }
        throw new SocketTimeoutException("no reply on " + list);
    }

    /** Returns the failure of a call without a reply: the broker's if that does not answer either, else the module's. */
    private ZbusException timeout(Request request, boolean persistent, Duration allowed) throws InterruptedException {
        TimeoutReason reason = new TimeoutReason(this, clock, end.cappedAt(EXPLANATION));
        try {
            boolean mayRun = abandon(request, persistent);
            if (!request.method().isEmpty()) {
                return new ZbusException(Kind.TIMEOUT, mayRun, reason.of(request, allowed));
            }
            String queue = request.object().queue();
            return new ZbusException(Kind.TIMEOUT, mayRun, request.object().module() + (mayRun
                    ? " hangs: it takes requests on " + queue + ", and does not answer" : " is not running: nobody answers on " + queue));
        } catch (IOException e) {
            return new ZbusException(Kind.UNREACHABLE, true, request + ": the broker does not answer: " + e.getMessage());
        }
    }

    private ZbusException failure(Kind kind, Request request, boolean persistent, String message) throws InterruptedException {
        try {
            return new ZbusException(kind, abandon(request, persistent), message);
        } catch (IOException e) {
            return new ZbusException(kind, true, message + "; then: " + e.getMessage());
        }
    }

    /**
     * Cancels a request without a reply. If it is persistent, it stays, and this only checks that the broker answers.
     *
     * @return whether the request may have been executed, or may be later
     * @throws InterruptedException after the request was cancelled
     */
    private boolean abandon(Request request, boolean persistent) throws IOException, InterruptedException {
        if (persistent) {
            command(Reply.Text.class, brief(), "PING");
            return true;
        }
        try {
            return cancel(request);
        } catch (InterruptedException e) {
            cancel(request);
            throw e;
        }
    }

    /** Removes a request from its queue and deletes its reply list; returns whether a module had taken the request. */
    private boolean cancel(Request request) throws IOException, InterruptedException {
        Deadline deadline = brief();
        boolean taken = command(Reply.Int.class, deadline, "LREM", request.object().queue(), 1, request.encode()).value() == 0;
        command(Reply.Int.class, deadline, "DEL", request.id());
        return taken;
    }

    private Deadline brief() {
        return end.cappedAt(BRIEF);
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
            connection = null;
        }
    }
}
