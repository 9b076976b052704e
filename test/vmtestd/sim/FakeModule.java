package vmtestd.sim;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.value.ImmutableValue;
import org.msgpack.value.Value;
import org.msgpack.value.ValueFactory;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** One queue of a module and the worker that serves it as zbus's Go server does: it reconnects if the broker was away. */
public final class FakeModule implements AutoCloseable {
    /**
     * A request.
     *
     * @param inputs the decoded arguments
     * @param bytes the message
     */
    public record Request(String id, String method, List<Value> inputs, byte[] bytes) {}

    /** Handles requests, on the worker's thread. */
    public interface Handler {
        /** Returns the response, such as {@link #result}, or null to send none. */
        byte[] handle(Request request) throws IOException, InterruptedException;
    }

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(20);
    /** The name of all connections of this class, to tell them from those of the client under test. */
    private static final String CLIENT_NAME = "fake";
    /** A method that every module has, for {@link #awaitIdle}. */
    private static final String BARRIER = "barrier";

    private final String broker;
    private final String queue;
    private final Handler handler;
    private final Thread worker;

    /** Starts to serve a queue such as {@code vmd.manager@0.0.1}. */
    public FakeModule(String broker, String queue, Handler handler) {
        this.broker = broker;
        this.queue = queue;
        this.handler = handler;
        worker = new Thread(this::serve, queue);
        worker.start();
    }

    /** Starts a module that only returns its {@link #status}. */
    public static FakeModule withWorkers(String broker, String module, Instant since, String... calls) {
        return new FakeModule(broker, statusQueue(module), request -> result(request.id(), status(since, calls)));
    }

    public static String statusQueue(String module) {
        return module + ".zbus@1.0";
    }

    private void serve() {
        while (true) {
            try (Connection connection = connect(broker)) {
                while (true) {
                    if (connection.call(soon(), "BLPOP", queue, 30) instanceof Reply.Array popped) {
                        handle(connection, ((Reply.Bulk) popped.items().get(1)).bytes());
                    }
                }
            } catch (IOException e) {
                try {
                    Thread.sleep(PAUSE.toMillis());
                } catch (InterruptedException closed) {
                    return;
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void handle(Connection connection, byte[] bytes) throws IOException, InterruptedException {
        Value fields = unpack(bytes);
        String replyTo = string(fields, "ReplyTo");
        List<Value> inputs = field(fields, "Inputs").asArrayValue().list().stream()
                .map(input -> (Value) unpack(input.asBinaryValue().asByteArray())).toList();
        Request request = new Request(string(fields, "ID"), string(fields, "Method"), inputs, bytes);
        byte[] response = request.method.equals(BARRIER) ? result(request.id, null) : handler.handle(request);
        if (response != null) {
            connection.call(soon(), "RPUSH", replyTo, response);
            connection.call(soon(), "EXPIRE", replyTo, 300);
        }
    }

    /** Waits until all requests that are on the queue now have been handled. */
    void awaitIdle() throws IOException, InterruptedException {
        String id = UUID.randomUUID().toString();
        byte[] request = pack(ValueFactory.newMap(text("ID"), text(id), text("Inputs"), ValueFactory.emptyArray(),
                text("ReplyTo"), text(id), text("Method"), text(BARRIER)));
        Deadline deadline = soon();
        while (true) {
            try (Connection connection = connect(broker)) {
                connection.call(soon(), "RPUSH", queue, request);
                if (!(connection.call(soon(), "BLPOP", id, 30) instanceof Reply.Array)) {
                    throw new AssertionError("requests stay on " + queue);
                }
                return;
            } catch (IOException e) {
                // The test may be restarting the broker.
                if (deadline.expired()) {
                    throw e;
                }
                Thread.sleep(PAUSE.toMillis());
            }
        }
    }

    @Override
    public void close() {
        worker.interrupt();
        try {
            worker.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a test", e);
        }
    }

    // ---- commands

    /** Runs one command on a connection of its own. */
    static Reply command(String broker, Object... words) throws IOException, InterruptedException {
        try (Connection connection = connect(broker)) {
            return connection.call(soon(), words);
        }
    }

    /** Has the broker end every connection but those of this class. */
    static void cutClients(String broker) throws IOException, InterruptedException {
        Reply list = command(broker, "CLIENT", "LIST");
        for (String line : new String(((Reply.Bulk) list).bytes(), StandardCharsets.UTF_8).split("\n")) {
            if (!line.contains(" name=" + CLIENT_NAME)) {
                command(broker, "CLIENT", "KILL", "ID", line.replaceAll("^id=(\\d+) .*", "$1"));
            }
        }
    }

    private static Connection connect(String broker) throws IOException, InterruptedException {
        Connection connection = Connection.open(BrokerUrl.parse(broker), soon());
        connection.call(soon(), "CLIENT", "SETNAME", CLIENT_NAME);
        return connection;
    }

    private static Deadline soon() {
        return Deadline.in(Clock.system(), LONG);
    }

    // ---- messages

    /** Encodes the response of a method that returns {@code data}, packed as msgpack, or nothing if that is null. */
    public static byte[] result(String id, byte[] data) throws IOException {
        Value value = data == null ? ValueFactory.newNil() : ValueFactory.newBinary(data);
        return response(id, value, ValueFactory.newNil(), ValueFactory.newNil());
    }

    /** Encodes the response of a method that returns an error. */
    static byte[] error(String id, String message) throws IOException {
        return response(id, ValueFactory.newNil(), ValueFactory.newMap(text("Message"), text(message)), ValueFactory.newNil());
    }

    /** Encodes the response of a server whose method panicked. */
    static byte[] protocolError(String id, String message) throws IOException {
        return response(id, ValueFactory.newNil(), ValueFactory.newNil(), text(message));
    }

    private static byte[] response(String id, Value data, Value callError, Value protocolError) throws IOException {
        return pack(ValueFactory.newMap(text("ID"), text(id), text("Output"),
                ValueFactory.newMap(text("Data"), data, text("Error"), callError), text("Error"), protocolError));
    }

    /** Encodes the status of a module with one worker for each call, busy with it since then, or free if it is empty. */
    static byte[] status(Instant since, String... calls) throws IOException {
        Value[] workers = new Value[calls.length];
        for (int i = 0; i < calls.length; i++) {
            boolean busy = !calls[i].isEmpty();
            workers[i] = ValueFactory.newMap(text("State"), text(busy ? "busy" : "free"), text("StartTime"),
                    ValueFactory.newTimestamp(busy ? since : Instant.parse("0001-01-01T00:00:00Z")), text("Action"), text(calls[i]));
        }
        Value object = ValueFactory.newMap(text("Name"), text("x"), text("Version"), text("0.0.1"));
        return pack(ValueFactory.newMap(text("Objects"), ValueFactory.newArray(object), text("Workers"), ValueFactory.newArray(workers)));
    }

    static Value text(String value) {
        return ValueFactory.newString(value);
    }

    /** Returns a field of a struct, nil if it is absent. */
    static Value field(Value struct, String key) {
        return struct.asMapValue().map().getOrDefault(text(key), ValueFactory.newNil());
    }

    private static String string(Value struct, String key) {
        return field(struct, key).asStringValue().asString();
    }

    private static ImmutableValue unpack(byte[] bytes) {
        try {
            return MessagePack.newDefaultUnpacker(bytes).unpackValue();
        } catch (IOException e) {
            throw new IllegalArgumentException("not msgpack", e);
        }
    }

    public static byte[] pack(Value value) throws IOException {
        MessageBufferPacker packer = MessagePack.newDefaultBufferPacker();
        packer.packValue(value);
        return packer.toByteArray();
    }
}
