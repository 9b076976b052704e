package vmtestd.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.zbus.MessageReader;
import vmtestd.zbus.MessageWriter;

/** A module that returns the one argument it is given, or what it was told to; it answers until it is closed. */
final class EchoModule implements AutoCloseable {
    static final String QUEUE = "bench.echo@0.0.1";

    private final BrokerUrl broker;
    private final String queue;
    private final Thread worker = new Thread(this::work, "echo");
    private volatile byte[] answer;

    EchoModule(BrokerUrl broker, String queue) {
        this.broker = broker;
        this.queue = queue;
    }

    /** Begins to answer. */
    void start() {
        worker.start();
    }

    /** Has every call from now on return this, packed as msgpack. */
    void answer(byte[] data) {
        answer = data;
    }

    private void work() {
        try (Connection connection = Connection.open(broker, soon())) {
            while (true) {
                Reply reply = connection.call(soon(), "BLPOP", queue, "30");
                if (reply instanceof Reply.Array array) {
                    answer(connection, ((Reply.Bulk) array.items().get(1)).bytes());
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("the echo module lost its broker", e);
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    private void answer(Connection connection, byte[] request) throws IOException, InterruptedException {
        String id = "";
        byte[] argument = null;
        MessageReader reader = new MessageReader(request);
        for (int fields = reader.map(); fields > 0; fields--) {
            switch (reader.string()) {
                case "ID" -> id = reader.string();
                case "Inputs" -> argument = onlyOne(reader);
                default -> reader.skip();
            }
        }
        MessageWriter response = new MessageWriter();
        response.map(3).string("ID").string(id).string("Output").map(2)
                .string("Data").bytes(answer == null ? argument : answer).string("Error").nil().string("Error").string("");
        connection.call(soon(), "RPUSH".getBytes(StandardCharsets.US_ASCII), id.getBytes(StandardCharsets.US_ASCII), response.toBytes());
    }

    private static byte[] onlyOne(MessageReader reader) throws IOException {
        byte[] argument = null;
        for (int inputs = reader.array(); inputs > 0; inputs--) {
            argument = reader.bytes();
        }
        return argument;
    }

    private static Deadline soon() {
        return Deadline.in(Clock.system(), Duration.ofSeconds(60));
    }

    @Override
    public void close() {
        worker.interrupt();
        try {
            worker.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
