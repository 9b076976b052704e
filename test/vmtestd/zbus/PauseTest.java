package vmtestd.zbus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static vmtestd.zbus.ZbusClientTest.FLIST;
import static vmtestd.zbus.ZbusClientTest.INPUTS;
import static vmtestd.zbus.ZbusClientTest.QUEUE;
import static vmtestd.zbus.ZbusClientTest.STATUS;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Reply;
import vmtestd.redis.ReplyParser;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.time.Deadline;
import vmtestd.time.TestClock;

/** The process does not run for a while, and then the answer comes, or has come. */
@Timeout(60)
class PauseTest {
    private static final byte[] NIL = {(byte) 0xc0};
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration ALLOWED = Duration.ofSeconds(10);

    @TempDir
    Path directory;

    /** Before the module takes the request, and while it works on it. */
    @ParameterizedTest
    @ValueSource(strings = {QUEUE, STATUS})
    void aPauseIsNotTheModulesSilence(String queue) throws Exception {
        TestClock clock = TestClock.running();
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("redis.sock"), null); Peer peer = new Peer(broker.url());
                ZbusClient client = new ZbusClient(BrokerUrl.parse(broker.url()), clock, CallListener.NONE)) {
            Deadline deadline = Deadline.in(clock, ALLOWED);
            Pending call = new Pending(() -> {
                if (queue.equals(QUEUE)) {
                    return client.call(FLIST, "Mount", INPUTS, deadline);
                }
                assertEquals(new ModuleStatus(1, List.of()), client.status("flist", deadline));
                return NIL;
            });
            peer.awaitLength(queue, 1);
            clock.pause(HOUR);
            Thread.sleep(500);
            if (queue.equals(QUEUE)) {
                Taken request = peer.take(QUEUE);
                clock.pause(HOUR);
                Thread.sleep(500);
                peer.answer(request, "c0");
            } else {
                peer.answerStatus(null);
            }
            assertArrayEquals(NIL, call.get());
            assertEquals(Set.of(), peer.keys());
        }
    }

    /** The broker's own time for BLPOP has run out while the process did not run, and then the answer has come. */
    @Test
    void whatCameAfterTheBrokersTimeoutCounts() throws Exception {
        TestClock clock = TestClock.stopped(Instant.EPOCH, 0);
        Path socket = directory.resolve("scripted.sock");
        List<String> commands = new CopyOnWriteArrayList<>();
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
                ZbusClient client = new ZbusClient(BrokerUrl.parse("unix://" + socket), clock, CallListener.NONE)) {
            Thread serving = new Thread(() -> serve(server, clock, commands), "scripted broker");
            serving.setDaemon(true);
            serving.start();
            Pending call = new Pending(() -> client.call(FLIST, "Mount", INPUTS, Deadline.in(clock, ALLOWED)));
            assertArrayEquals(NIL, call.get());
            assertEquals(List.of("RPUSH", "BLPOP", "LPOP"), commands);
        }
    }

    private static void serve(ServerSocketChannel server, TestClock clock, List<String> commands) {
        ByteBuffer in = ByteBuffer.allocate(1 << 16);
        ReplyParser parser = new ReplyParser();
        try (SocketChannel channel = server.accept()) {
            while (channel.read(in.clear()) >= 0) {
                if (parser.next(in.flip()) instanceof Reply.Array words) {
                    String name = word(words, 0);
                    commands.add(name);
                    // Nothing can read the clock while the broker acts.
                    synchronized (clock) {
                        clock.pass(name.equals("BLPOP") ? HOUR : Duration.ZERO);
                        channel.write(ByteBuffer.wrap(switch (name) {
                            case "RPUSH" -> ":1\r\n".getBytes(UTF_8);
                            case "BLPOP" -> "*-1\r\n".getBytes(UTF_8);
                            default -> bulk(ZbusClientTest.response(word(words, 1), NIL, null, null));
                        }));
                    }
                }
            }
        } catch (IOException e) {
            commands.add(e.toString());
        }
    }

    private static String word(Reply.Array words, int index) {
        return new String(((Reply.Bulk) words.items().get(index)).bytes(), UTF_8);
    }

    private static byte[] bulk(byte[] value) {
        byte[] head = ("$" + value.length + "\r\n").getBytes(UTF_8);
        return ByteBuffer.allocate(head.length + value.length + 2).put(head).put(value).put((byte) '\r').put((byte) '\n').array();
    }
}
