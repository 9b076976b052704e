package vmtestd.zbus;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static vmtestd.zbus.ZbusClientTest.LONG;
import static vmtestd.zbus.ZbusClientTest.STATUS;
import static vmtestd.zbus.ZbusClientTest.in;
import static vmtestd.zbus.ZbusClientTest.response;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Connection;
import vmtestd.redis.Reply;
import vmtestd.time.Deadline;

/** The module's end of the broker, and a view of all its lists. */
final class Peer implements AutoCloseable {
    private final Connection connection;

    Peer(String url) throws IOException, InterruptedException {
        connection = Connection.open(BrokerUrl.parse(url), in(LONG));
        connection.call(in(LONG), "CLIENT", "SETNAME", "peer");
    }

    Reply ask(String... words) throws IOException, InterruptedException {
        Reply reply = connection.call(in(LONG), (Object[]) words);
        assertFalse(reply instanceof Reply.Error, () -> String.join(" ", words) + ": " + reply);
        return reply;
    }

    /** The next request on a queue, for which it waits. */
    Taken take(String queue) throws IOException, InterruptedException {
        Reply.Array reply = assertInstanceOf(Reply.Array.class, ask("BLPOP", queue, "20"), "no request on " + queue);
        return new Taken(((Reply.Bulk) reply.items().get(1)).bytes());
    }

    void push(String list, byte[] message) throws IOException, InterruptedException {
        connection.call(in(LONG), "RPUSH".getBytes(StandardCharsets.UTF_8), list.getBytes(StandardCharsets.UTF_8), message);
    }

    void answer(Taken request, String data) throws IOException, InterruptedException {
        push(request.id(), response(request.id(), HexFormat.of().parseHex(data), null, null));
    }

    /** Says on the status queue that the one worker is in the given call, or is free. */
    void answerStatus(String action) throws IOException, InterruptedException {
        answerStatus(STATUS, action);
    }

    void answerStatus(String queue, String action) throws IOException, InterruptedException {
        Taken request = take(queue);
        MessageWriter status = new MessageWriter().map(1).string("Workers").array(1);
        status.map(2).string("State").string(action == null ? "free" : "busy").string("Action").string(action == null ? "" : action);
        push(request.id(), response(request.id(), status.toBytes(), null, null));
    }

    long length(String list) throws IOException, InterruptedException {
        return ((Reply.Int) ask("LLEN", list)).value();
    }

    /** Waits until a list is as long as that. */
    void awaitLength(String list, long length) throws IOException, InterruptedException {
        for (Deadline deadline = in(LONG); length(list) != length;) {
            assertFalse(deadline.expired(), () -> list + " never has " + length);
            Thread.onSpinWait();
        }
    }

    Set<String> keys() throws IOException, InterruptedException {
        return ((Reply.Array) ask("KEYS", "*")).items().stream()
                .map(key -> new String(((Reply.Bulk) key).bytes(), StandardCharsets.UTF_8)).collect(Collectors.toSet());
    }

    /** The broker's numbers for all other connections. */
    List<String> others() throws IOException, InterruptedException {
        String list = new String(((Reply.Bulk) ask("CLIENT", "LIST")).bytes(), StandardCharsets.UTF_8);
        return list.lines().filter(line -> !line.contains("name=peer"))
                .map(line -> line.replaceFirst("id=(\\d+).*", "$1")).toList();
    }

    void killOthers() throws IOException, InterruptedException {
        for (String id : others()) {
            ask("CLIENT", "KILL", "ID", id);
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
