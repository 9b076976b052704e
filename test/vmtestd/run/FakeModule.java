package vmtestd.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.value.Value;
import org.msgpack.value.ValueFactory;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** A module of which there is nothing but the worker that answers for its status, or does not. */
public final class FakeModule implements AutoCloseable {
    private static final Duration LONG = Duration.ofSeconds(60);

    private interface Status {
        /** The status as msgpack; null for no answer at all. */
        byte[] bytes() throws IOException;
    }

    private final String broker;
    private final String queue;
    private final Status status;
    private final Connection connection;
    private final Thread worker;
    /** The request that was taken last. */
    private volatile byte[] taken;

    private FakeModule(String broker, String name, Status status) throws IOException, InterruptedException {
        this.broker = broker;
        this.queue = name + ".zbus@1.0";
        this.status = status;
        this.connection = Connection.open(BrokerUrl.parse(broker), soon());
        worker = new Thread(this::serve, "fake " + name);
        worker.start();
    }

    /** A module with workers that are busy since then with a call each; an empty one stands for a free worker. */
    public static FakeModule with(String broker, String name, Instant since, String... calls) throws IOException, InterruptedException {
        return new FakeModule(broker, name, () -> {
            MessageBufferPacker packer = MessagePack.newDefaultBufferPacker();
            packer.packMapHeader(1).packString("Workers").packArrayHeader(calls.length);
            for (String call : calls) {
                packer.packMapHeader(3).packString("State").packString(call.isEmpty() ? "free" : "busy");
                packer.packString("StartTime").packTimestamp(since).packString("Action").packString(call);
            }
            return packer.toByteArray();
        });
    }

    public static FakeModule free(String broker, String name) throws IOException, InterruptedException {
        return with(broker, name, Instant.EPOCH, "");
    }

    /** A module whose status is a number. */
    public static FakeModule nonsense(String broker, String name) throws IOException, InterruptedException {
        return new FakeModule(broker, name, () -> new byte[] {42});
    }

    /** A module that takes requests for its status, and lets them lie. */
    public static FakeModule hung(String broker, String name) throws IOException, InterruptedException {
        return new FakeModule(broker, name, () -> null);
    }

    private void serve() {
        try {
            while (true) {
                if (connection.call(soon(), "BLPOP", queue, "50") instanceof Reply.Array items) {
                    taken = ((Reply.Bulk) items.items().get(1)).bytes();
                    byte[] answer = status.bytes();
                    if (answer != null) {
                        answer(connection, answer);
                    }
                }
            }
        } catch (IOException e) {
            // The broker is gone, and with it the test.
        } catch (InterruptedException e) {
            // Closed.
        } finally {
            connection.close();
        }
    }

    /** Answers the request that a hung module has let lie. */
    public void answerLate() {
        try (Connection late = Connection.open(BrokerUrl.parse(broker), soon())) {
            answer(late, new byte[] {42});
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(Connection connection, byte[] data) throws IOException, InterruptedException {
        Value id = MessagePack.newDefaultUnpacker(taken).unpackValue().asMapValue().map().get(ValueFactory.newString("ID"));
        MessageBufferPacker packer = MessagePack.newDefaultBufferPacker();
        packer.packMapHeader(3).packString("ID").packValue(id).packString("Output").packMapHeader(2)
                .packString("Data").packBinaryHeader(data.length).writePayload(data).packString("Error").packNil();
        packer.packString("Error").packNil();
        connection.call(soon(), "RPUSH".getBytes(StandardCharsets.UTF_8),
                id.asStringValue().asString().getBytes(StandardCharsets.UTF_8), packer.toByteArray());
    }

    private static Deadline soon() {
        return Deadline.in(Clock.system(), LONG);
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
}
