package vmtestd.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** A host name with several addresses, and names that cannot be looked up. */
@Timeout(30)
class ConnectionAddressesTest {
    private static final BrokerUrl URL = BrokerUrl.parse("tcp://redis_broker:6379");
    private static final InetSocketAddress NAMED = (InetSocketAddress) URL.address();

    private final CountDownLatch never = new CountDownLatch(1);

    private static Deadline in(long millis) {
        return Deadline.in(Clock.system(), Duration.ofMillis(millis));
    }

    /** An address on which nobody listens. */
    private static InetSocketAddress dead(String host) throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
            return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
        }
    }

    /** An address that swallows whatever is sent to it: its queue of connections is full, and nobody accepts any. */
    private record BlackHole(ServerSocket socket, List<Socket> queue) implements AutoCloseable {
        static BlackHole open() throws IOException {
            BlackHole hole = new BlackHole(new ServerSocket(0, 1, InetAddress.getByName("127.0.0.9")), new ArrayList<>());
            while (true) {
                Socket socket = new Socket();
                hole.queue.add(socket);
                try {
                    socket.connect(hole.address(), 200);
                } catch (SocketTimeoutException e) {
                    return hole;
                }
            }
        }

        SocketAddress address() {
            return socket.getLocalSocketAddress();
        }

        @Override
        public void close() throws IOException {
            for (Socket each : queue) {
                each.close();
            }
            socket.close();
        }
    }

    private static ScriptedServer server() throws IOException {
        return ScriptedServer.tcp(client -> {
            assertEquals(List.of("PING"), client.command());
            client.send("+PONG\r\n");
            client.readToEnd(10);
        });
    }

    private static void assertReaches(ScriptedServer server, long millis, SocketAddress... before) throws Exception {
        List<SocketAddress> addresses = new ArrayList<>(List.of(before));
        addresses.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), ((InetSocketAddress) server.url().address()).getPort()));
        Deadline deadline = in(millis);
        try (Connection connection = Connection.open(URL, addresses, deadline)) {
            assertFalse(deadline.expired());
            assertEquals(new Reply.Text("PONG"), connection.call(in(10_000), "PING"));
        }
        server.awaitServed();
    }

    @Test
    void oneThatRefusesIsPassedOver() throws Exception {
        try (ScriptedServer server = server()) {
            assertReaches(server, 10_000, dead("127.0.0.8"), dead("127.0.0.9"));
        }
    }

    @Test
    void oneThatNeverAnswersTakesNoMoreThanItsShare() throws Exception {
        try (ScriptedServer server = server(); BlackHole hole = BlackHole.open()) {
            assertReaches(server, 4_000, hole.address(), hole.address());
        }
    }

    @Test
    void ifNoneAnswersTheLastOnesReasonIsReported() throws Exception {
        try (BlackHole hole = BlackHole.open()) {
            List<SocketAddress> addresses = List.of(hole.address(), dead("127.0.0.8"));
            IOException e = assertThrows(IOException.class, () -> Connection.open(URL, addresses, in(1_000)));
            assertEquals("cannot connect to tcp://redis_broker:6379: Connection refused", e.getMessage());
            assertEquals("no answer in time: connecting to tcp://redis_broker:6379", assertThrows(SocketTimeoutException.class,
                    () -> Connection.open(URL, List.of(hole.address()), in(300))).getMessage());
        }
    }

    @Test
    void aNameHasAllItsAddressesUpToABound() throws Exception {
        InetAddress[] many = new InetAddress[100];
        for (int i = 0; i < many.length; i++) {
            many[i] = InetAddress.getByAddress("redis_broker", new byte[] {10, 0, 0, (byte) i});
        }
        List<SocketAddress> addresses = Connection.resolve(URL, NAMED, host -> {
            assertEquals("redis_broker", host);
            return many;
        }, in(10_000));
        assertEquals(16, addresses.size());
        assertEquals(new InetSocketAddress("10.0.0.15", 6379), addresses.get(15));
    }

    @Test
    void aNameThatNobodyKnows() {
        IOException e = assertThrows(IOException.class, () -> Connection.resolve(URL, NAMED, host -> {
            throw new UnknownHostException(host);
        }, in(10_000)));
        assertEquals("cannot connect to tcp://redis_broker:6379: unknown host", e.getMessage());
    }

    @Test
    void aResolverThatDoesNotAnswer() {
        SocketTimeoutException e = assertThrows(SocketTimeoutException.class,
                () -> Connection.resolve(URL, NAMED, this::hang, in(300)));
        assertEquals("no answer in time: looking up the host of tcp://redis_broker:6379", e.getMessage());
    }

    @Test
    void aResolverThatDoesNotAnswerIsNotWaitedForAfterAnInterrupt() {
        Thread caller = Thread.currentThread();
        assertThrows(InterruptedException.class, () -> Connection.resolve(URL, NAMED, host -> {
            caller.interrupt();
            return hang(host);
        }, in(20_000)));
        assertFalse(Thread.interrupted());
    }

    private InetAddress[] hang(String host) {
        while (true) {
            try {
                never.await();
            } catch (InterruptedException e) {
                // Like the system's resolver, it does not care.
            }
        }
    }
}
