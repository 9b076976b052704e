package vmtestd.redis;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import vmtestd.time.Deadline;
import vmtestd.time.Detached;

/**
 * A connection to a Redis server, for one thread: it sends a command, then waits for its reply. Any exception closes the
 * connection, which then cannot be used again.
 *
 * <p>The channel is non-blocking and a selector waits for it, because a Unix domain channel has no timeouts.
 */
public final class Connection implements Closeable {
    /** More reads than it takes to empty a socket's buffer. */
    private static final int MAX_LATE_READS = 256;

    private final BrokerUrl url;
    private final Selector selector = Selector.open();
    private final SocketChannel channel;
    private final SelectionKey key;
    private final ReplyParser parser = new ReplyParser();
    private final ByteBuffer in = ByteBuffer.allocate(4096);

    private Connection(BrokerUrl url) throws IOException {
        this.url = url;
        try {
            channel = url.address() instanceof InetSocketAddress ? SocketChannel.open() : SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.configureBlocking(false);
            key = channel.register(selector, 0);
        } catch (IOException e) {
            selector.close();
            throw e;
        }
    }

    /**
     * Connects, and authenticates if the URL has a password.
     *
     * @throws SocketTimeoutException if the deadline passes first
     * @throws IOException if the server cannot be reached or refuses the password; the message names the server
     */
    public static Connection open(BrokerUrl url, Deadline deadline) throws IOException, InterruptedException {
        Connection connection = new Connection(url);
        try {
            SocketAddress address = url.address() instanceof InetSocketAddress named ? connection.resolve(named, deadline) : url.address();
            for (boolean connected = connection.channel.connect(address); !connected; connected = connection.channel.finishConnect()) {
                connection.await(SelectionKey.OP_CONNECT, deadline, "connecting to " + url);
            }
        } catch (IOException e) {
            throw prefixed("cannot connect to " + url + ": ", e);
        } finally {
            if (!connection.channel.isConnected()) {
                connection.close();
            }
        }
        if (url.password() != null && connection.call(deadline, "AUTH", url.password()) instanceof Reply.Error error) {
            connection.close();
            throw new IOException(url + " refused AUTH: " + error.words());
        }
        return connection;
    }

    /** Returns the first address of a host. */
    private SocketAddress resolve(InetSocketAddress named, Deadline deadline) throws IOException, InterruptedException {
        try {
            InetAddress host = Detached.call("resolver", () -> InetAddress.getByName(named.getHostString()), deadline);
            return new InetSocketAddress(host, named.getPort());
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("no answer in time: looking up the host of " + url);
        } catch (ExecutionException e) {
            throw new IOException("unknown host", e);
        }
    }

    /**
     * Sends a command and waits for its reply.
     *
     * @param words the name of the command, then its arguments, each a byte array or a value to be sent as text
     * @return the reply, which may be an error from Redis
     * @throws SocketTimeoutException if the deadline passes first; the command may have been executed
     * @throws ProtocolException if the server's bytes are not RESP
     * @throws IOException if the connection fails, or failed earlier
     * @throws InterruptedException if this thread is interrupted; the command may have been executed
     */
    public Reply call(Deadline deadline, Object... words) throws IOException, InterruptedException {
        String what = words[0] + " on " + url;
        boolean answered = false;
        try {
            // No command is sent after an interrupt, even if its reply would come without a wait.
            throwIfInterrupted(what);
            boolean sent = send(encode(words), deadline, what);
            Reply reply = receive(deadline, what);
            if (!sent && !(reply instanceof Reply.Error)) {
                throw new IOException("closed by the server");
            }
            answered = true;
            return reply;
        } catch (ProtocolException e) {
            throw new ProtocolException(url + " answered " + e.getMessage());
        } catch (IOException e) {
            throw prefixed("connection to " + url + " failed: ", e);
        } finally {
            if (!answered) {
                close();
            }
        }
    }

    private static IOException prefixed(String words, IOException e) {
        return e instanceof SocketTimeoutException ? e : new IOException(words + e.getMessage(), e);
    }

    /** Encodes a command as RESP: an array of bulk strings. */
    private static ByteBuffer encode(Object... words) {
        // Each character is a byte.
        StringBuilder out = new StringBuilder("*" + words.length + "\r\n");
        for (Object word : words) {
            byte[] bytes = word instanceof byte[] raw ? raw : word.toString().getBytes(StandardCharsets.UTF_8);
            out.append('$').append(bytes.length).append("\r\n").append(new String(bytes, StandardCharsets.ISO_8859_1)).append("\r\n");
        }
        return ByteBuffer.wrap(out.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Returns whether all was sent. If the server has closed the connection, the error that it sent before is the reply. */
    private boolean send(ByteBuffer out, Deadline deadline, String what) throws IOException, InterruptedException {
        while (true) {
            try {
                channel.write(out);
            } catch (IOException e) {
                return false;
            }
            if (!out.hasRemaining()) {
                return true;
            }
            await(SelectionKey.OP_WRITE, deadline, what);
        }
    }

    private Reply receive(Deadline deadline, String what) throws IOException, InterruptedException {
        int late = 0;
        Reply reply = null;
        while (reply == null) {
            int count = channel.read(in.clear());
            in.flip();
            // A server may send without end.
            if (count < 0 || deadline.expired() && late++ == MAX_LATE_READS) {
                throw count < 0 ? new IOException("closed by the server") : new SocketTimeoutException("no answer in time: " + what);
            }
            if (count == 0) {
                await(SelectionKey.OP_READ, deadline, what);
            }
            reply = parser.next(in);
        }
        return reply;
    }

    private void await(int operation, Deadline deadline, String what) throws IOException, InterruptedException {
        key.interestOps(operation);
        selector.selectedKeys().clear();
        while (true) {
            boolean expired = deadline.expired();
            // A reply that has arrived counts even after the deadline: this process may not have run until now.
            int ready = selector.select(Math.max(1, deadline.nextWait()));
            throwIfInterrupted(what);
            if (ready > 0) {
                return;
            }
            if (expired) {
                throw new SocketTimeoutException("no answer in time: " + what);
            }
        }
    }

    private static void throwIfInterrupted(String what) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted: " + what);
        }
    }

    /** Returns whether the connection has not failed yet. */
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() {
        // The selector holds the file descriptor of the channel until it is closed.
        try (selector; channel) {
            key.cancel();
        } catch (IOException e) {
            throw new UncheckedIOException("closing a socket failed", e);
        }
    }
}
