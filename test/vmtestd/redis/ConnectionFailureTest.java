package vmtestd.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/** The first failure is final: the connection is closed by it, and every later call fails. */
@Timeout(20)
@Isolated("It counts descriptors of the whole JVM.")
class ConnectionFailureTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"", "+", "+OK", "+OK\r", "$5\r\nab", "$2\r\nab", "*2\r\n+a\r\n"})
    void failsIfTheServerClosesBeforeTheEndOfAReply(String part) throws Exception {
        try (ScriptedServer server = serve(client -> {
            client.command();
            client.send(part);
        }); Connection connection = Connection.open(server.url(), soon())) {
            IOException e = assertThrows(IOException.class, () -> connection.call(soon(), "PING"));
            assertEquals("connection to " + server.url() + " failed: closed by the server", e.getMessage());
            assertDead(connection);
            server.awaitServed();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "+OK", "$3\r\nabc\r", "*1\r\n"})
    void timesOutIfNoCompleteReplyArrives(String part) throws Exception {
        try (ScriptedServer server = serve(client -> {
            client.command();
            client.send(part);
            assertEquals(0, client.readToEnd(10), "the client closes");
        }); Connection connection = Connection.open(server.url(), soon())) {
            SocketTimeoutException e = assertThrows(SocketTimeoutException.class, () -> connection.call(in(60), "BLPOP", "x"));
            assertEquals("no answer in time: BLPOP on " + server.url(), e.getMessage());
            assertDead(connection);
            server.awaitServed();
        }
    }

    /** A server that drips is no reason to wait longer. */
    @Test
    void keepsToTheDeadlineWhileBytesStillCome() throws Exception {
        try (ScriptedServer server = serve(client -> {
            client.command();
            client.send("$6000000\r\n");
            assertThrows(IOException.class, () -> {
                while (true) {
                    client.send("x");
                }
            });
        }); Connection connection = Connection.open(server.url(), soon())) {
            assertThrows(SocketTimeoutException.class, () -> connection.call(in(100), "GET", "x"));
            assertDead(connection);
            server.awaitServed();
        }
    }

    @Test
    void timesOutIfTheServerDoesNotRead() throws Exception {
        CompletableFuture<Void> over = new CompletableFuture<>();
        try (ScriptedServer server = serve(client -> over.get(10, TimeUnit.SECONDS));
                Connection connection = Connection.open(server.url(), soon())) {
            assertThrows(SocketTimeoutException.class, () -> connection.call(in(60), "SET", new byte[8_000_000]));
            assertDead(connection);
            over.complete(null);
            server.awaitServed();
        }
    }

    @Test
    void authenticatesWithinTheSameDeadline() throws Exception {
        try (ScriptedServer server = serve(client -> {
            client.command();
            assertEquals(0, client.readToEnd(10), "the client closes");
        })) {
            assertThrows(SocketTimeoutException.class, () -> Connection.open(server.url("hunter2@"), in(60)));
            server.awaitServed();
        }
    }

    @Test
    void endsWithAnInterruptWhileItWaits() throws Exception {
        CompletableFuture<Void> asked = new CompletableFuture<>();
        CompletableFuture<Void> ended = new CompletableFuture<>();
        try (ScriptedServer server = serve(client -> {
            client.command();
            asked.complete(null);
            assertEquals(0, client.readToEnd(10), "the client closes");
        }); Connection connection = Connection.open(server.url(), soon())) {
            Thread caller = new Thread(() -> {
                try {
                    connection.call(soon(), "BLPOP", "x", "0");
                    ended.complete(null);
                } catch (Exception e) {
                    ended.completeExceptionally(e);
                }
            });
            caller.start();
            asked.get(10, TimeUnit.SECONDS);
            caller.interrupt();
            ExecutionException e = assertThrows(ExecutionException.class, () -> ended.get(10, TimeUnit.SECONDS));
            assertInstanceOf(InterruptedException.class, e.getCause());
            assertEquals("interrupted: BLPOP on " + server.url(), e.getCause().getMessage());
            assertDead(connection);
            server.awaitServed();
        }
    }

    @Test
    void endsWithAnInterruptThatCameBefore() throws Exception {
        try (ScriptedServer server = serve(client -> client.readToEnd(10));
                Connection connection = Connection.open(server.url(), soon())) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> connection.call(soon(), "PING"));
            assertFalse(Thread.interrupted(), "the interrupt is taken note of");
            assertDead(connection);
            server.awaitServed();
        }
    }

    @Test
    void authenticatesForNoInterruptedThread() throws Exception {
        try (ScriptedServer server = serve(client -> client.readToEnd(10))) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> Connection.open(server.url("secret@"), soon()));
            assertFalse(Thread.interrupted(), "the interrupt is taken note of");
            server.awaitServed();
        }
    }

    /** As Redis does that has too many clients. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void saysWhatTheServerSaidBeforeItClosed(boolean unix) throws Exception {
        ScriptedServer.Script script = client -> client.send("-ERR max number of clients reached\r\n");
        try (ScriptedServer server = unix ? serve(script) : ScriptedServer.tcp(script);
                Connection connection = Connection.open(server.url(), soon())) {
            server.awaitServed();
            // Over TCP, it is the second write that fails.
            assertEquals(new Reply.Error("ERR max number of clients reached"), connection.call(soon(), "SET", new byte[8_000_000]));
            assertThrows(IOException.class, () -> connection.call(soon(), "PING"));
            assertDead(connection);
        }
    }

    /** A command that the server has not read has no reply but an error. */
    @Test
    void acceptsNoOtherReplyToAFailedWrite() throws Exception {
        try (ScriptedServer server = serve(client -> client.send(":0\r\n"));
                Connection connection = Connection.open(server.url(), soon())) {
            server.awaitServed();
            IOException e = assertThrows(IOException.class, () -> connection.call(soon(), "LREM", "x", "1", "y"));
            assertEquals("connection to " + server.url() + " failed: closed by the server", e.getMessage());
            assertDead(connection);
        }
    }

    @Test
    void reportsAFailedWriteIfTheServerSentNothing() throws Exception {
        try (ScriptedServer server = serve(client -> client.send("-ERR no en"));
                Connection connection = Connection.open(server.url(), soon())) {
            server.awaitServed();
            IOException e = assertThrows(IOException.class, () -> connection.call(soon(), "PING"));
            assertEquals("connection to " + server.url() + " failed: closed by the server", e.getMessage());
            assertDead(connection);
        }
    }

    @Test
    void failsOnBytesThatAreNoResp() throws Exception {
        try (ScriptedServer server = serve(client -> {
            client.command();
            client.send("HTTP/1.1 400 Bad Request\r\n");
            client.readToEnd(10);
        }); Connection connection = Connection.open(server.url(), soon())) {
            ProtocolException e = assertThrows(ProtocolException.class, () -> connection.call(soon(), "PING"));
            assertEquals(server.url() + " answered a reply of unknown type: 'HTTP/1.1 400 Bad Request\r'", e.getMessage());
            assertDead(connection);
            server.awaitServed();
        }
    }

    @Test
    void namesTheServerThatCannotBeReached() {
        BrokerUrl url = BrokerUrl.parse("unix://hunter2@" + directory.resolve("none"));
        IOException e = assertThrows(IOException.class, () -> Connection.open(url, soon()));
        assertEquals("cannot connect to unix://" + directory.resolve("none") + ": No such file or directory", e.getMessage());
    }

    @Test
    void namesAHostThatIsNotKnown() {
        IOException e = assertThrows(IOException.class,
                () -> Connection.open(BrokerUrl.parse("tcp://no-such-host.invalid:1"), soon()));
        assertEquals("cannot connect to tcp://no-such-host.invalid:1: unknown host", e.getMessage());
    }

    @Test
    void losesNoDescriptorWhateverFails() throws Exception {
        int rounds = 100;
        BrokerUrl none = BrokerUrl.parse("unix://" + directory.resolve("none"));
        try (ScriptedServer server = ScriptedServer.unix(directory.resolve("s"), 3 * rounds + 3, client -> {
            String command = client.command().get(0);
            client.send(command.equals("AUTH") ? "-ERR no\r\n" : command.equals("PING") ? "nonsense\r\n" : "$5\r\n");
        })) {
            failInEveryWay(server, none);
            long before = descriptors();
            for (int i = 0; i < rounds; i++) {
                failInEveryWay(server, none);
            }
            server.awaitServed();
            long lost = descriptors() - before;
            assertTrue(lost < rounds / 2, lost + " descriptors were lost in " + rounds + " rounds");
        }
    }

    private static void failInEveryWay(ScriptedServer server, BrokerUrl none) throws Exception {
        assertThrows(IOException.class, () -> Connection.open(none, soon()));
        assertThrows(IOException.class, () -> Connection.open(server.url("secret@"), soon()));
        for (String command : new String[] {"PING", "GET"}) {
            // Not closed here: the failure itself has to do that.
            Connection connection = Connection.open(server.url(), soon());
            assertThrows(IOException.class, () -> connection.call(soon(), command));
        }
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    private static void assertDead(Connection connection) {
        assertFalse(connection.isOpen());
        assertThrows(IOException.class, () -> connection.call(soon(), "PING"));
    }

    private ScriptedServer serve(ScriptedServer.Script script) throws IOException {
        return ScriptedServer.unix(directory.resolve("s"), 1, script);
    }

    private static Deadline soon() {
        return in(10_000);
    }

    private static Deadline in(long millis) {
        return Deadline.in(Clock.system(), Duration.ofMillis(millis));
    }
}
