package vmtestd.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.time.Deadline;
import vmtestd.time.TestClock;

/** The process does not run for a while: that is not the server's silence, and what has arrived counts. */
@Timeout(20)
class ConnectionPauseTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    Path directory;
    private final TestClock clock = TestClock.running();

    @Test
    void anAnswerThatComesAfterThePauseIsInTime() throws Exception {
        try (ScriptedServer server = serve(client -> {
            client.command();
            clock.pause(HOUR);
            Thread.sleep(500);
            client.send("+PO");
            clock.pause(HOUR);
            Thread.sleep(500);
            client.send("NG\r\n");
        }); Connection connection = Connection.open(server.url(), in(8_000))) {
            assertEquals(new Reply.Text("PONG"), connection.call(in(8_000), "PING"));
            server.awaitServed();
        }
    }

    @Test
    void aServerThatReadsOnAfterThePauseIsInTime() throws Exception {
        byte[] value = new byte[8_000_000];
        try (ScriptedServer server = serve(client -> {
            client.channel().read(ByteBuffer.allocate(100));
            clock.pause(HOUR);
            Thread.sleep(500);
            long count = 100;
            ByteBuffer in = ByteBuffer.allocate(1 << 20);
            while (count < value.length) {
                count += client.channel().read(in.clear());
            }
            client.send("+OK\r\n");
        }); Connection connection = Connection.open(server.url(), in(8_000))) {
            assertEquals(new Reply.Text("OK"), connection.call(in(8_000), "SET", value));
            server.awaitServed();
        }
    }

    @Test
    void whatHasArrivedIsReadAlthoughTheDeadlineHasPassed() throws Exception {
        String value = "x".repeat(50_000);
        CountDownLatch sent = new CountDownLatch(1);
        try (ScriptedServer server = serve(client -> {
            client.send("$" + value.length() + "\r\n" + value + "\r\n");
            sent.countDown();
            client.readToEnd(10);
        }); Connection connection = Connection.open(server.url(), in(8_000))) {
            sent.await();
            Reply reply = connection.call(in(-1), "GET", "x");
            assertEquals(value, new String(assertInstanceOf(Reply.Bulk.class, reply).bytes()));
        }
    }

    @Test
    void theDeadlineStillHolds() throws Exception {
        try (ScriptedServer server = serve(client -> {
            client.command();
            clock.pause(HOUR);
            assertEquals(0, client.readToEnd(10), "the client closes");
        }); Connection connection = Connection.open(server.url(), in(8_000))) {
            assertThrows(SocketTimeoutException.class, () -> connection.call(in(700), "PING"));
            server.awaitServed();
        }
    }

    private ScriptedServer serve(ScriptedServer.Script script) throws IOException {
        return ScriptedServer.unix(directory.resolve("s"), 1, script);
    }

    private Deadline in(long millis) {
        return Deadline.in(clock, Duration.ofMillis(millis));
    }
}
