package vmtestd.redis;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A server that does with its connections, one after the other, what a test says. */
final class ScriptedServer implements Closeable {
    /** What is done with one connection; it is closed behind it. */
    interface Script {
        void run(Client client) throws Exception;
    }

    private final ServerSocketChannel socket;
    private final CompletableFuture<Void> served = new CompletableFuture<>();

    private ScriptedServer(ServerSocketChannel socket, SocketAddress address, Script script, int connections) throws IOException {
        this.socket = socket.bind(address);
        Thread thread = new Thread(() -> serve(script, connections), "scripted server");
        thread.setDaemon(true);
        thread.start();
    }

    /** Serves as many connections on a socket file. */
    static ScriptedServer unix(Path path, int connections, Script script) throws IOException {
        return new ScriptedServer(ServerSocketChannel.open(StandardProtocolFamily.UNIX),
                UnixDomainSocketAddress.of(path), script, connections);
    }

    /** Serves one connection on a loopback port. */
    static ScriptedServer tcp(Script script) throws IOException {
        return new ScriptedServer(ServerSocketChannel.open(),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), script, 1);
    }

    private void serve(Script script, int connections) {
        try {
            for (int i = 0; i < connections; i++) {
                try (SocketChannel channel = socket.accept()) {
                    script.run(new Client(channel));
                }
            }
            served.complete(null);
        } catch (Exception | AssertionError e) {
            served.completeExceptionally(e);
        }
    }

    /** Returns its URL with a user part ({@code secret@}). */
    BrokerUrl url(String user) throws IOException {
        SocketAddress address = socket.getLocalAddress();
        return BrokerUrl.parse(address instanceof InetSocketAddress inet
                ? "tcp://" + user + "127.0.0.1:" + inet.getPort() : "unix://" + user + address);
    }

    BrokerUrl url() throws IOException {
        return url("");
    }

    /** Waits until all connections have been served, and fails if a script did. */
    void awaitServed() throws InterruptedException {
        try {
            served.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("the server's script failed", e);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** The server's end of a connection. */
    record Client(SocketChannel channel) {
        /** The words of the next command. Nothing may follow it yet. */
        List<String> command() throws IOException {
            ReplyParser parser = new ReplyParser();
            ByteBuffer in = ByteBuffer.allocate(1 << 20);
            while (true) {
                if (channel.read(in.clear()) < 0) {
                    throw new EOFException("the client closed");
                }
                if (parser.next(in.flip()) instanceof Reply.Array words) {
                    return words.items().stream()
                            .map(word -> new String(((Reply.Bulk) word).bytes(), StandardCharsets.UTF_8)).toList();
                }
            }
        }

        void send(String bytes) throws IOException {
            ByteBuffer out = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.UTF_8));
            while (out.hasRemaining()) {
                channel.write(out);
            }
        }

        /** Reads until the client closes; returns the number of bytes. */
        long readToEnd(int piece) throws IOException {
            ByteBuffer in = ByteBuffer.allocate(piece);
            long count = 0;
            int read;
            while ((read = channel.read(in.clear())) >= 0) {
                count += read;
            }
            return count;
        }
    }
}
