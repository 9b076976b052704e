package vmtestd.sim;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.value.ImmutableValue;
import org.msgpack.value.MapValue;
import org.msgpack.value.Value;
import org.msgpack.value.ValueFactory;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/**
 * A module with one worker, as zbus's Go server runs it: the worker takes requests from its queue
 * and answers them; the status object has a worker of its own.
 */
final class SimModule {
    /** A method's work. Gives the value that it returns, or null for none. */
    interface Service {
        Value call(String method, List<Value> inputs) throws CallError, IOException, InterruptedException;
    }

    private static final Duration LONG = Duration.ofSeconds(60);
    /** A method that every module has here, to tell that all before it is done. */
    private static final String BARRIER = "barrier";
    private static final long LONG_SECONDS = LONG.toSeconds();

    private final String name;
    private final String queue;
    private final BrokerUrl broker;
    private final Service service;
    private final SimNode node;
    private final Thread worker;
    private final Thread status;
    private volatile boolean stopped;
    private volatile String action = "";
    private volatile Instant since = Instant.EPOCH;
    /** Set while the module plays dead; ended by its status worker. */
    private volatile CountDownLatch down;
    /** Counted down when somebody asks for the status; new for each request. */
    private volatile CountDownLatch statusAsked = new CountDownLatch(1);

    SimModule(String name, String object, BrokerUrl broker, Service service, SimNode node) {
        this.name = name;
        this.queue = name + "." + object;
        this.broker = broker;
        this.service = service;
        this.node = node;
        worker = new Thread(() -> serve(queue, this::work), name);
        status = new Thread(() -> serve(name + ".zbus@1.0", this::answerStatus), name + "-status");
    }

    String name() {
        return name;
    }

    /** Shows the worker as being in a call, or with an empty one as free. */
    void occupy(String call, Instant begin) {
        since = begin;
        action = call;
    }

    boolean isServing() {
        return !stopped && action.isEmpty();
    }

    void start() {
        worker.start();
        status.start();
    }

    void stop() {
        stopped = true;
        worker.interrupt();
        status.interrupt();
        try {
            worker.join();
            status.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a test", e);
        }
    }

    private interface Handler {
        void handle(Connection connection, byte[] payload) throws IOException, InterruptedException;
    }

    /** Takes requests from a queue, and dials anew when the broker was away, as the Go server does. */
    private void serve(String from, Handler handler) {
        while (!stopped) {
            try (Connection connection = Connection.open(broker, soon())) {
                connection.call(soon(), "CLIENT", "SETNAME", SimNode.CLIENT_NAME);
                while (!stopped) {
                    byte[] payload = pop(connection, from);
                    if (payload != null) {
                        handler.handle(connection, payload);
                    }
                }
            } catch (IOException e) {
                pause();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            stopped = true;
        }
    }

    private static byte[] pop(Connection connection, String from) throws IOException, InterruptedException {
        Reply reply = connection.call(soon(), "BLPOP", from, Long.toString(LONG_SECONDS - 30));
        return reply instanceof Reply.Array array ? ((Reply.Bulk) array.items().get(1)).bytes() : null;
    }

    private static Deadline soon() {
        return Deadline.in(Clock.system(), LONG);
    }

    /** Waits until all requests that are on the queue now have been worked off: one of its own is the last. */
    void awaitIdle() throws IOException, InterruptedException {
        String id = UUID.randomUUID().toString();
        byte[] request = pack(ValueFactory.newMapBuilder()
                .put(text("ID"), text(id))
                .put(text("Inputs"), ValueFactory.emptyArray())
                .put(text("ReplyTo"), text(id))
                .put(text("Method"), text(BARRIER)).build());
        Deadline deadline = soon();
        while (true) {
            try (Connection connection = Connection.open(broker, deadline)) {
                connection.call(soon(), bytes("RPUSH"), bytes(queue), request);
                if (pop(connection, id) == null) {
                    throw new AssertionError(name + " does not work its queue off");
                }
                return;
            } catch (IOException e) {
                // A test may be at restarting the broker just now.
                if (deadline.expired()) {
                    throw e;
                }
                pause();
            }
        }
    }

    /** Comes back where it plays dead. */
    void bringUp() {
        CountDownLatch dead = down;
        if (dead != null) {
            dead.countDown();
        }
    }

    private void work(Connection connection, byte[] payload) throws IOException, InterruptedException {
        MapValue request = unpack(payload).asMapValue();
        String method = field(request, "Method").asStringValue().asString();
        String replyTo = field(request, "ReplyTo").asStringValue().asString();
        if (method.equals(BARRIER)) {
            connection.call(soon(), "RPUSH", replyTo, BARRIER);
            return;
        }
        List<Value> inputs = field(request, "Inputs").asArrayValue().list().stream()
                .map(input -> unpack(input.asBinaryValue().asByteArray())).map(Value.class::cast).toList();
        Call call = new Call(name, method, inputs.stream().map(Value::toJson).toList());
        Fault fault = node.faultFor(call);
        if (fault == Fault.DOWN) {
            playDead(connection, payload, call);
            return;
        }
        node.record(call);
        if (fault == Fault.CUT) {
            node.cutClients(connection);
        }
        since = Instant.now();
        action = "[" + queue.substring(queue.indexOf('.') + 1) + "]." + method + "()";
        if (fault == Fault.LATE_ANSWER) {
            statusAsked = new CountDownLatch(1);
            if (!statusAsked.await(LONG_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody gave the late call up");
            }
        }
        byte[] response;
        try {
            response = response(request, method, inputs, fault);
        } finally {
            action = "";
        }
        if (response != null) {
            connection.call(soon(), bytes("RPUSH"), bytes(replyTo), response);
            connection.call(soon(), "EXPIRE", replyTo, "300");
        }
    }

    /** Puts a request back as if it had not been taken, and takes none until the caller has asked why. */
    private void playDead(Connection connection, byte[] payload, Call call) throws IOException, InterruptedException {
        down = new CountDownLatch(1);
        connection.call(soon(), bytes("LPUSH"), bytes(queue), payload);
        node.reach(call);
        if (!down.await(LONG_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("nobody asked for the status of the module that is down");
        }
        down = null;
    }

    private byte[] response(MapValue request, String method, List<Value> inputs, Fault fault)
            throws IOException, InterruptedException {
        String id = field(request, "ID").asStringValue().asString();
        Value data = ValueFactory.newNil();
        String callError = null;
        if (fault == Fault.ERROR) {
            return encode(id, data, "injected error of " + name, null);
        }
        if (fault == Fault.PANIC) {
            return encode(id, data, null, "panic: injected into " + name);
        }
        if (fault == Fault.VM_DIES && !method.equals("Run")) {
            node.vmd().killOurs();
        }
        if (fault != Fault.DOES_NOTHING) {
            node.proc().pin(fault == Fault.STAYS);
            try {
                Value result = service.call(method, inputs);
                data = result == null ? ValueFactory.newNil() : ValueFactory.newBinary(pack(result));
            } catch (CallError e) {
                callError = e.getMessage();
            } finally {
                node.proc().pin(false);
            }
        }
        if (fault == Fault.VM_DIES && method.equals("Run")) {
            node.vmd().killOurs();
        }
        if (fault == Fault.NO_ANSWER) {
            return null;
        }
        if (fault == Fault.MALFORMED) {
            return new byte[] {(byte) 0x83, (byte) 0xa2, 'I', 'D', (byte) 0xdb, (byte) 0xff, (byte) 0xff, (byte) 0xff};
        }
        return encode(fault == Fault.WRONG_ID ? "00000000-0000-4000-8000-000000000000" : id, data, callError, null);
    }

    private void answerStatus(Connection connection, byte[] payload) throws IOException, InterruptedException {
        MapValue request = unpack(payload).asMapValue();
        CountDownLatch dead = down;
        if (dead != null) {
            String from = name + ".zbus@1.0";
            connection.call(soon(), bytes("LPUSH"), bytes(from), payload);
            while (!connection.call(soon(), "LLEN", from).equals(new Reply.Int(0))) {
                Thread.sleep(5);
            }
            dead.countDown();
            return;
        }
        boolean busy = !action.isEmpty();
        Value worker = ValueFactory.newMapBuilder()
                .put(text("State"), text(busy ? "busy" : "free"))
                .put(text("StartTime"), ValueFactory.newTimestamp(busy ? since : Instant.parse("0001-01-01T00:00:00Z")))
                .put(text("Action"), text(action)).build();
        Value answer = ValueFactory.newMapBuilder()
                .put(text("Objects"), ValueFactory.newArray(ValueFactory.newMap(
                        text("Name"), text("x"), text("Version"), text("0.0.1"))))
                .put(text("Workers"), ValueFactory.newArray(worker)).build();
        String id = field(request, "ID").asStringValue().asString();
        connection.call(soon(), bytes("RPUSH"), bytes(id), encode(id, ValueFactory.newBinary(pack(answer)), null, null));
        connection.call(soon(), "EXPIRE", id, "300");
        statusAsked.countDown();
    }

    private static byte[] encode(String id, Value data, String callError, String protocolError) throws IOException {
        Value error = callError == null ? ValueFactory.newNil() : ValueFactory.newMap(text("Message"), text(callError));
        return pack(ValueFactory.newMapBuilder()
                .put(text("ID"), text(id))
                .put(text("Output"), ValueFactory.newMap(text("Data"), data, text("Error"), error))
                .put(text("Error"), protocolError == null ? ValueFactory.newNil() : text(protocolError)).build());
    }

    static Value text(String value) {
        return ValueFactory.newString(value);
    }

    static Value field(Value struct, String key) {
        return struct.asMapValue().map().getOrDefault(text(key), ValueFactory.newNil());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ImmutableValue unpack(byte[] bytes) {
        try {
            return MessagePack.newDefaultUnpacker(bytes).unpackValue();
        } catch (IOException e) {
            throw new IllegalArgumentException("no msgpack", e);
        }
    }

    private static byte[] pack(Value value) throws IOException {
        MessageBufferPacker packer = MessagePack.newDefaultBufferPacker();
        packer.packValue(value);
        return packer.toByteArray();
    }
}
