package vmtestd.zbus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static vmtestd.zbus.ZbusClientTest.CLOCK;
import static vmtestd.zbus.ZbusClientTest.FLIST;
import static vmtestd.zbus.ZbusClientTest.INPUTS;
import static vmtestd.zbus.ZbusClientTest.LONG;
import static vmtestd.zbus.ZbusClientTest.QUEUE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import vmtestd.redis.BrokerUrl;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Usage;
import vmtestd.time.Deadline;

/** The broker goes away a thousand times: each time one call fails and the next is good, and nothing piles up. */
@Isolated("It counts descriptors, threads and bytes of the whole JVM.")
class ClientBrokerAwayTest {
    private static final int EVENTS = 1_000;
    private static final int WARM_UP = 200;
    /** A JVM opens a file, starts a thread and fills a cache of its own now and then. */
    private static final long SPARE_DESCRIPTORS = 5;
    private static final long SPARE_THREADS = 3;
    private static final long SPARE_BYTES = 3 << 20;

    /** The broker goes away and comes back; returns how the call failed meanwhile. */
    private interface Event {
        String befall() throws Exception;
    }

    @TempDir
    Path directory;
    private Path socket;
    private EmbeddedBroker broker;
    private Peer peer;
    private ZbusClient client;

    @Test
    void nothingPilesUp() throws Exception {
        socket = directory.resolve("redis.sock");
        broker = new EmbeddedBroker(socket, null);
        peer = new Peer(broker.url());
        client = new ZbusClient(BrokerUrl.parse(broker.url()), CLOCK, CallListener.NONE);
        List<Event> events = List.of(this::cutBetweenCalls, this::cutBeforeTheRequestIsTaken, this::cutAfterwards,
                this::awayBetweenCalls, this::awayDuringACall, this::socketRemoved, this::replaced);
        try {
            bear(WARM_UP, events);
            Usage before = Usage.now();
            bear(EVENTS, events);
            Usage after = Usage.after(before);
            assertTrue(after.descriptors() <= before.descriptors() + SPARE_DESCRIPTORS
                    && after.threads() <= before.threads() + SPARE_THREADS
                    && after.heap() <= before.heap() + SPARE_BYTES, before + " became " + after);
        } finally {
            client.close();
            peer.close();
            broker.close();
        }
    }

    private void bear(int count, List<Event> events) throws Exception {
        for (int i = 0; i < count; i++) {
            Event event = events.get(i % events.size());
            String failure = event.befall();
            assertTrue(failure.startsWith("UNREACHABLE, "), "event " + i + ": " + failure);
            Pending call = call();
            peer.answer(peer.take(QUEUE), "c3");
            assertArrayEquals(new byte[] {(byte) 0xc3}, call.get());
            assertEquals(Set.of(), peer.keys(), "after event " + i);
        }
    }

    private Pending call() {
        return new Pending(() -> client.call(FLIST, "Mount", INPUTS, Deadline.in(CLOCK, LONG)));
    }

    private String cutBetweenCalls() throws Exception {
        // The first time there is no connection yet.
        client.connect(Deadline.in(CLOCK, LONG));
        peer.killOthers();
        return call().failure();
    }

    private String cutBeforeTheRequestIsTaken() throws Exception {
        Pending call = call();
        peer.awaitLength(QUEUE, 1);
        peer.killOthers();
        return call.failure();
    }

    /** The reply comes when the caller is gone. Redis would drop it after 300 s. */
    private String cutAfterwards() throws Exception {
        Pending call = call();
        Taken request = peer.take(QUEUE);
        peer.killOthers();
        String failure = call.failure();
        peer.answer(request, "c0");
        peer.ask("DEL", request.id());
        return failure;
    }

    private String awayBetweenCalls() throws Exception {
        broker.close();
        String failure = call().failure();
        reopen();
        return failure;
    }

    private String awayDuringACall() throws Exception {
        Pending call = call();
        peer.take(QUEUE);
        broker.close();
        String failure = call.failure();
        reopen();
        return failure;
    }

    private String socketRemoved() throws Exception {
        client.close();
        Files.delete(socket);
        String failure = call().failure();
        reopen();
        return failure;
    }

    /** Another broker answers by the time that the old one's connection is used. */
    private String replaced() throws Exception {
        client.connect(Deadline.in(CLOCK, LONG));
        reopen();
        return call().failure();
    }

    private void reopen() throws IOException, InterruptedException {
        peer.close();
        broker.close();
        broker = new EmbeddedBroker(socket, null);
        peer = new Peer(broker.url());
    }
}
