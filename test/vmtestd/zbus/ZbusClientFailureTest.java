package vmtestd.zbus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static vmtestd.zbus.ZbusClientTest.CLOCK;
import static vmtestd.zbus.ZbusClientTest.FLIST;
import static vmtestd.zbus.ZbusClientTest.INPUTS;
import static vmtestd.zbus.ZbusClientTest.LONG;
import static vmtestd.zbus.ZbusClientTest.QUEUE;
import static vmtestd.zbus.ZbusClientTest.SHORT;
import static vmtestd.zbus.ZbusClientTest.STATUS;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import vmtestd.redis.BrokerUrl;
import vmtestd.redis.Reply;
import vmtestd.redis.ReplyParser;
import vmtestd.sim.EmbeddedBroker;

/** Calls that are broken off, persistent requests, and brokers that are not well. */
class ZbusClientFailureTest {
    private static final byte[] NIL = {(byte) 0xc0};

    @TempDir
    Path directory;
    private Path socket;
    private EmbeddedBroker broker;
    private Peer peer;
    private ZbusClient client;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        socket = directory.resolve("redis.sock");
        broker = new EmbeddedBroker(socket, null);
        peer = new Peer(broker.url());
        client = new ZbusClient(BrokerUrl.parse(broker.url()), CLOCK, CallListener.NONE);
    }

    @AfterEach
    void nothingIsLeft() throws IOException, InterruptedException {
        try {
            assertEquals(Set.of(), peer.keys());
        } finally {
            client.close();
            peer.close();
            broker.close();
        }
    }

    private Pending call(ZbusClient by, Duration allowed) {
        return new Pending(() -> by.call(FLIST, "Mount", INPUTS, ZbusClientTest.forCall(allowed)));
    }

    private Pending call(Duration allowed) {
        return call(client, allowed);
    }

    private Pending persistent(String name, Duration allowed) {
        return persistent(client, name, allowed);
    }

    private static Pending persistent(ZbusClient by, String name, Duration allowed) {
        return new Pending(() -> {
            by.callPersistent(FLIST, "Unmount", List.of(new MessageWriter().string(name).toBytes()), ZbusClientTest.forCall(allowed));
            return NIL;
        });
    }

    private void assertNextCallIsGood() throws Exception {
        Pending next = call(LONG);
        peer.answer(peer.take(QUEUE), "c0");
        assertArrayEquals(NIL, next.get());
    }

    @Test
    void anInterruptTakesTheRequestBack() throws Exception {
        Pending call = call(LONG);
        peer.awaitLength(QUEUE, 1);
        call.interrupt();
        assertThrows(InterruptedException.class, call::get);
        assertEquals(Set.of(), peer.keys());
        assertNextCallIsGood();
    }

    @Test
    void anInterruptOfTheQuestionWhyLeavesNothing() throws Exception {
        Pending call = call(SHORT);
        peer.take(QUEUE);
        peer.awaitLength(STATUS, 1);
        call.interrupt();
        assertThrows(InterruptedException.class, call::get);
        assertEquals(Set.of(), peer.keys());
        assertNextCallIsGood();
    }

    @Test
    void aPersistentRequestStaysOnceUntilItIsAnswered() throws Exception {
        for (int i = 0; i < 2; i++) {
            Pending call = persistent("a", SHORT);
            peer.answerStatus("[flist@0.0.1].Mount()");
            String failure = call.failure();
            assertTrue(failure.startsWith("TIMEOUT, may have run: flist did not answer Unmount within 300ms: its worker has been busy"), failure);
            assertEquals(Set.of(QUEUE), peer.keys());
            assertEquals(1, peer.length(QUEUE));
        }
        Taken ignored = peer.take(QUEUE);
        Pending last = persistent("a", LONG);
        Taken request = peer.take(QUEUE);
        assertEquals(ignored.id(), request.id());
        peer.answer(request, "c0");
        last.get();
    }

    /** As with five runs by hand, each a process of its own. */
    @Test
    void aPersistentRequestOfAnotherProcessIsReplaced() throws Exception {
        for (int i = 0; i < 5; i++) {
            try (ZbusClient process = new ZbusClient(BrokerUrl.parse(broker.url()), CLOCK, CallListener.NONE)) {
                Pending call = persistent(process, "a", SHORT);
                peer.answerStatus("[flist@0.0.1].Mount()");
                call.failure();
                assertEquals(1, peer.length(QUEUE));
            }
        }
        assertEquals("flist.flist@0.0.1.Unmount[[-95, 97]]", peer.take(QUEUE).id());
    }

    @Test
    void persistentRequestsForDifferentThingsAreIndependent() throws Exception {
        for (String name : List.of("a", "b", "a", "b")) {
            Pending call = persistent(name, SHORT);
            peer.answerStatus(null);
            call.failure();
        }
        assertEquals(2, peer.length(QUEUE));
        Taken a = peer.take(QUEUE);
        Taken b = peer.take(QUEUE);
        assertEquals(List.of("a", "b"), List.of(input(a), input(b)));
        assertNotEquals(a.id(), b.id());
    }

    private static String input(Taken request) throws IOException {
        return GoldenFile.shape(request.bytes()).replaceFirst(".*bin\\(a161\\).*", "a").replaceFirst(".*bin\\(a162\\).*", "b");
    }

    @Test
    void aPersistentRequestStaysAfterAnInterrupt() throws Exception {
        Pending call = persistent("a", LONG);
        peer.awaitLength(QUEUE, 1);
        call.interrupt();
        assertThrows(InterruptedException.class, call::get);
        assertEquals(Set.of(QUEUE), peer.keys());
        assertEquals(1, peer.length(QUEUE));
        peer.take(QUEUE);
    }

    /** The module comes to it after the call was given up, and before it is repeated. */
    @Test
    void aLateReplyToAPersistentRequestIsNotTakenForTheAnswerToTheNext() throws Exception {
        Pending call = persistent("a", LONG);
        Taken request = peer.take(QUEUE);
        call.interrupt();
        assertThrows(InterruptedException.class, call::get);
        peer.push(request.id(), ZbusClientTest.response(request.id(), NIL, "late", null));
        Pending next = persistent("a", LONG);
        peer.answer(peer.take(QUEUE), "c0");
        assertArrayEquals(NIL, next.get());
    }

    /** The module is still at it when the call is repeated: it is done, and its answer is as good. The other reply is left to Redis. */
    @Test
    void anAnswerToTheEarlierOfTwoPersistentRequestsIsAsGood() throws Exception {
        Pending call = persistent("a", LONG);
        Taken request = peer.take(QUEUE);
        call.interrupt();
        assertThrows(InterruptedException.class, call::get);
        Pending next = persistent("a", LONG);
        peer.awaitLength(QUEUE, 1);
        peer.answer(request, "c0");
        assertArrayEquals(NIL, next.get());
        peer.answer(peer.take(QUEUE), "c0");
        peer.ask("DEL", request.id());
    }

    @Test
    void aBrokerThatIsGoneBeforeTheCallSaysSo() throws Exception {
        broker.close();
        assertEquals("UNREACHABLE, did not run: flist could not be asked for Mount: cannot connect to unix://" + socket
                + ": No such file or directory", call(LONG).failure());
        reopen();
        assertNextCallIsGood();
    }

    @Test
    void aBrokerThatGoesDuringTheCallSaysSo() throws Exception {
        Pending call = call(LONG);
        peer.take(QUEUE);
        broker.close();
        assertBrokeOff("may have run", "; then: .*", call.failure());
        reopen();
        assertNextCallIsGood();
    }

    /** How the system words it depends on what the client was just doing. */
    private void assertBrokeOff(String run, String then, String failure) {
        String pattern = "UNREACHABLE, " + run + ": flist could not be asked for Mount: connection to unix://" + socket
                + " failed: (closed by the server|Broken pipe|Connection reset)" + then;
        assertTrue(failure.matches(pattern), failure);
    }

    private void reopen() throws IOException, InterruptedException {
        peer.close();
        broker.close();
        broker = new EmbeddedBroker(socket, null);
        peer = new Peer(broker.url());
    }

    @Test
    void aConnectionCutDuringTheCallTakesTheRequestBack() throws Exception {
        Pending call = call(LONG);
        peer.awaitLength(QUEUE, 1);
        peer.killOthers();
        assertBrokeOff("did not run", "", call.failure());
        assertEquals(Set.of(), peer.keys());
        assertNextCallIsGood();
    }

    /** The request of the call that notices it was never on the queue; the client cannot know. */
    @Test
    void aConnectionCutBetweenTwoCallsFailsTheNext() throws Exception {
        assertNextCallIsGood();
        peer.killOthers();
        assertBrokeOff("may have run", "", call(LONG).failure());
        assertNextCallIsGood();
    }

    @Test
    void aBrokerThatTakesConnectionsAndNeverAnswersIsATransportFailure() throws Exception {
        Path silent = directory.resolve("silent.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(silent));
                ZbusClient hung = new ZbusClient(BrokerUrl.parse("unix://" + silent), CLOCK, CallListener.NONE)) {
            long begin = System.nanoTime();
            assertEquals("UNREACHABLE, may have run: flist could not be asked for Mount: "
                    + "no answer in time: RPUSH on unix://" + silent + "; then: no answer in time: LREM on unix://" + silent, call(hung, SHORT).failure());
            long millis = (System.nanoTime() - begin) / 1_000_000;
            assertTrue(millis >= 3_300 && millis < 3_300 + 4_000, millis + " ms");
            assertTrue(server.isOpen());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "unix://PATH | UNREACHABLE, may have run: flist could not be asked for Mount: unix://PATH refused RPUSH: NOAUTH Authentication required."
                + "; then: unix://PATH refused LREM: NOAUTH Authentication required. | unix://PATH refused PING: NOAUTH Authentication required.",
        "unix://wrong@PATH | UNREACHABLE, did not run: flist could not be asked for Mount: unix://PATH refused AUTH: "
                + "WRONGPASS invalid username-password pair or user is disabled. | unix://PATH refused AUTH: "
                + "WRONGPASS invalid username-password pair or user is disabled."})
    void aPasswordIsNeeded(String url, String failure, String ping) throws Exception {
        String path = directory.resolve("locked.sock").toString();
        try (EmbeddedBroker locked = new EmbeddedBroker(Path.of(path), "secret");
                ZbusClient stranger = new ZbusClient(BrokerUrl.parse(url.replace("PATH", path)), CLOCK, CallListener.NONE);
                ZbusClient friend = new ZbusClient(BrokerUrl.parse("unix://secret@" + path), CLOCK, CallListener.NONE)) {
            assertEquals(failure.replace("PATH", path), call(stranger, LONG).failure());
            ZbusException e = assertThrows(ZbusException.class, () -> stranger.connect(ZbusClientTest.in(LONG)));
            assertEquals("UNREACHABLE, may have run: " + ping.replace("PATH", path), ZbusClientTest.describe(e));
            friend.connect(ZbusClientTest.in(LONG));
            assertEquals("unix://" + path, locked.url());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "-OOM not allowed | :1 | UNREACHABLE, did not run: flist could not be asked for Mount: URL refused RPUSH: OOM not allowed",
        "-OOM not allowed | :0 | UNREACHABLE, may have run: flist could not be asked for Mount: URL refused RPUSH: OOM not allowed",
        "-LOADING | -LOADING | UNREACHABLE, may have run: flist could not be asked for Mount: URL refused RPUSH: LOADING; then: URL refused LREM: LOADING",
        "+OK | :0 | PROTOCOL_ERROR, may have run: flist sent a malformed reply to Mount: URL answered RPUSH with Text",
        "HTTP/1.1 400 | :1 | PROTOCOL_ERROR, did not run: flist sent a malformed reply to Mount: URL answered a reply of unknown type: 'HTTP/1.1 400CR'"})
    void aBrokerThatRefusesThePushIsQuoted(String push, String remove, String failure) throws Exception {
        Path odd = directory.resolve("odd.sock");
        Map<String, String> replies = Map.of("RPUSH", push, "LREM", remove, "DEL", ":0");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(odd));
                ZbusClient unlucky = new ZbusClient(BrokerUrl.parse("unix://" + odd), CLOCK, CallListener.NONE)) {
            List<List<byte[]>> commands = new CopyOnWriteArrayList<>();
            Thread serving = new Thread(() -> serve(server, replies, commands), "odd broker");
            serving.setDaemon(true);
            serving.start();
            assertEquals(failure.replace("URL", "unix://" + odd), call(unlucky, LONG).failure().replace("\r", "CR"));
            // Whatever was said to the push, the very same bytes are taken back, and then their reply list goes.
            assertArrayEquals(commands.get(0).get(2), commands.get(1).get(3));
            assertEquals(remove.startsWith("-") ? 2 : 3, commands.size());
            if (commands.size() == 3) {
                assertEquals(new Taken(commands.get(0).get(2)).id(), new String(commands.get(2).get(1), StandardCharsets.UTF_8));
            }
        }
    }

    /** Answers each command by its name, on one connection after the other, until the server is closed. */
    private static void serve(ServerSocketChannel server, Map<String, String> replies, List<List<byte[]>> commands) {
        ByteBuffer in = ByteBuffer.allocate(1 << 16);
        while (server.isOpen()) {
            try (SocketChannel channel = server.accept()) {
                ReplyParser parser = new ReplyParser();
                while (channel.read(in.clear()) >= 0) {
                    if (parser.next(in.flip()) instanceof Reply.Array words) {
                        commands.add(words.items().stream().map(word -> ((Reply.Bulk) word).bytes()).toList());
                        String name = new String(((Reply.Bulk) words.items().get(0)).bytes(), StandardCharsets.UTF_8);
                        channel.write(StandardCharsets.UTF_8.encode(replies.get(name) + "\r\n"));
                    }
                }
            } catch (IOException e) {
                // The client disconnected, or the server was closed: the loop checks which.
            }
        }
    }
}
