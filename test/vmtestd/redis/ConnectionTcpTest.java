package vmtestd.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

@Timeout(30)
class ConnectionTcpTest {
    private static void open(ServerSocket socket) throws Exception {
        Connection.open(BrokerUrl.parse("tcp://127.0.0.9:" + socket.getLocalPort()), Deadline.in(Clock.system(), Duration.ofSeconds(1))).close();
    }

    @Test
    void aPortOnWhichNobodyListens() throws Exception {
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.9"));
        socket.close();
        IOException e = assertThrows(IOException.class, () -> open(socket));
        assertEquals("cannot connect to tcp://127.0.0.9:" + socket.getLocalPort() + ": Connection refused", e.getMessage());
    }

    /** Its queue of connections is full, and nobody accepts any: it ignores what is sent to it. */
    @Test
    void anAddressThatDoesNotAnswer() throws Exception {
        List<Socket> queue = new ArrayList<>();
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.9"))) {
            assertThrows(SocketTimeoutException.class, () -> {
                while (true) {
                    queue.add(new Socket());
                    queue.get(queue.size() - 1).connect(socket.getLocalSocketAddress(), 200);
                }
            });
            SocketTimeoutException e = assertThrows(SocketTimeoutException.class, () -> open(socket));
            assertEquals("no answer in time: connecting to tcp://127.0.0.9:" + socket.getLocalPort(), e.getMessage());
        } finally {
            for (Socket each : queue) {
                each.close();
            }
        }
    }
}
