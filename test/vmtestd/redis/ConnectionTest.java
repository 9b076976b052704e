package vmtestd.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

@Timeout(20)
class ConnectionTest {
    @TempDir
    Path directory;

    @Test
    void sendsACommandAsAnArrayOfBulks() throws Exception {
        String expected = "*3\r\n$5\r\nRPUSH\r\n$3\r\n\u00fcx\r\n$0\r\n\r\n";
        try (ScriptedServer server = serve(client -> {
            ByteBuffer in = ByteBuffer.allocate(expected.getBytes(UTF_8).length);
            while (in.hasRemaining() && client.channel().read(in) >= 0) {
                // Reads on.
            }
            assertEquals(expected, new String(in.array(), 0, in.position(), UTF_8));
            client.send(":1\r\n");
        }); Connection connection = Connection.open(server.url(), soon())) {
            assertEquals(new Reply.Int(1), connection.call(soon(), "RPUSH", "\u00fcx", ""));
            server.awaitServed();
        }
    }

    @Test
    void readsRepliesInWhateverPiecesTheyCome() throws Exception {
        String reply = "*2\r\n$4\r\nlist\r\n$3\r\na\r\n\r\n";
        try (ScriptedServer server = serve(client -> {
            client.command();
            for (int i = 0; i < reply.length(); i++) {
                client.send(reply.substring(i, i + 1));
            }
            client.command();
            client.send(reply);
        }); Connection connection = Connection.open(server.url(), soon())) {
            for (int i = 0; i < 2; i++) {
                List<Reply> items = assertInstanceOf(Reply.Array.class, connection.call(soon(), "BLPOP", "list", "5")).items();
                assertEquals(2, items.size());
                assertArrayEquals("list".getBytes(), ((Reply.Bulk) items.get(0)).bytes());
                assertArrayEquals("a\r\n".getBytes(), ((Reply.Bulk) items.get(1)).bytes());
            }
            server.awaitServed();
        }
    }

    @Test
    void keepsOnAfterAnErrorOfRedis() throws Exception {
        try (ScriptedServer server = serve(client -> {
            client.command();
            client.send("-WRONGTYPE Operation against a key\r\n");
            assertEquals(List.of("PING"), client.command());
            client.send("+PONG\r\n");
        }); Connection connection = Connection.open(server.url(), soon())) {
            assertEquals(new Reply.Error("WRONGTYPE Operation against a key"), connection.call(soon(), "LLEN", "x"));
            assertTrue(connection.isOpen());
            assertEquals(new Reply.Text("PONG"), connection.call(soon(), "PING"));
            server.awaitServed();
        }
    }

    @Test
    void readsAReplyLargerThanItsBuffer() throws Exception {
        String value = "0123456789abcdef".repeat(1 << 17);
        try (ScriptedServer server = serve(client -> {
            client.command();
            client.send("$" + value.length() + "\r\n" + value + "\r\n");
        }); Connection connection = Connection.open(server.url(), soon())) {
            Reply reply = connection.call(soon(), "GET", "large");
            assertEquals(value, new String(assertInstanceOf(Reply.Bulk.class, reply).bytes()));
            server.awaitServed();
        }
    }

    /** 8 MB fit into no socket's buffer: the client has to wait for the reader again and again. */
    @Test
    void sendsALargeCommandToASlowReader() throws Exception {
        byte[] value = new byte[8_000_000];
        long expected = "*2\r\n$3\r\nSET\r\n$8000000\r\n".length() + value.length + 2;
        try (ScriptedServer server = serve(client -> {
            ByteBuffer in = ByteBuffer.allocate(500);
            long count = 0;
            while (count < expected) {
                count += client.channel().read(in.clear());
            }
            assertEquals(expected, count);
            client.send("+OK\r\n");
        }); Connection connection = Connection.open(server.url(), soon())) {
            assertEquals(new Reply.Text("OK"), connection.call(soon(), "SET", value));
            server.awaitServed();
        }
    }

    @Test
    void authenticatesFirstIfThereIsAPassword() throws Exception {
        try (ScriptedServer server = serve(client -> {
            assertEquals(List.of("AUTH", "p@ss"), client.command());
            client.send("+OK\r\n");
            assertEquals(List.of("PING"), client.command());
            client.send("+PONG\r\n");
        }); Connection connection = Connection.open(server.url("p%40ss:x@"), soon())) {
            assertEquals(new Reply.Text("PONG"), connection.call(soon(), "PING"));
            server.awaitServed();
        }
    }

    @Test
    void saysWhoRefusedThePasswordAndNotThePassword() throws Exception {
        try (ScriptedServer server = serve(client -> {
            client.command();
            client.send("-WRONGPASS invalid username-password pair\r\n");
            assertEquals(0, client.readToEnd(10), "the client closes");
        })) {
            IOException e = assertThrows(IOException.class, () -> Connection.open(server.url("hunter2@"), soon()));
            assertEquals(server.url() + " refused AUTH: WRONGPASS invalid username-password pair", e.getMessage());
            server.awaitServed();
        }
    }

    @Test
    void speaksOverTcpToo() throws Exception {
        try (ScriptedServer server = ScriptedServer.tcp(client -> {
            assertEquals(List.of("AUTH", "secret"), client.command());
            client.send("+OK\r\n");
            assertEquals(List.of("ECHO", "x"), client.command());
            client.send("$1\r\nx\r\n");
            assertEquals(0, client.readToEnd(10));
        })) {
            try (Connection connection = Connection.open(server.url("secret@"), soon())) {
                assertArrayEquals(new byte[] {'x'}, ((Reply.Bulk) connection.call(soon(), "ECHO", "x")).bytes());
            }
            server.awaitServed();
        }
    }

    @Test
    void canBeClosedTwice() throws Exception {
        try (ScriptedServer server = serve(client -> client.readToEnd(10))) {
            Connection connection = Connection.open(server.url(), soon());
            assertTrue(connection.isOpen());
            connection.close();
            connection.close();
            assertFalse(connection.isOpen());
            server.awaitServed();
        }
    }

    private ScriptedServer serve(ScriptedServer.Script script) throws IOException {
        return ScriptedServer.unix(directory.resolve("s"), 1, script);
    }

    private static Deadline soon() {
        return Deadline.in(Clock.system(), Duration.ofSeconds(10));
    }
}
