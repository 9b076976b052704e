package vmtestd.redis;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    private static final int MAX_ADDRESSES = 16;

    private final BrokerUrl url;
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final ReplyParser parser = new ReplyParser();
    private final ByteBuffer in = ByteBuffer.allocate(4096).flip();

    private Connection(BrokerUrl url, SocketChannel channel, Selector selector) throws IOException {
        this.url = url;
        this.channel = channel;
        this.selector = selector;
        channel.configureBlocking(false);
        key = channel.register(selector, 0);
    }

    /**
     * Connects, and authenticates if the URL has a password.
     *
     * @throws SocketTimeoutException if the deadline passes first
     * @throws IOException if the server cannot be reached or refuses the password; the message names the server
     */
    public static Connection open(BrokerUrl url, Deadline deadline) throws IOException, InterruptedException {
        return open(url, url.address() instanceof InetSocketAddress named
                ? resolve(url, named, InetAddress::getAllByName, deadline) : List.of(url.address()), deadline);
    }

    static Connection open(BrokerUrl url, List<SocketAddress> addresses, Deadline deadline) throws IOException, InterruptedException {
        Connection connection = dial(url, addresses, deadline);
        if (url.password() != null && connection.call(deadline, "AUTH", url.password()) instanceof Reply.Error error) {
            connection.close();
            throw new IOException(url + " refused AUTH: " + error.words());
        }
        return connection;
    }

    /** Looks up the addresses of a host, which may block forever. */
    interface Resolver {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    static List<SocketAddress> resolve(BrokerUrl url, InetSocketAddress named, Resolver resolver, Deadline deadline)
            throws IOException, InterruptedException {
        try {
            List<SocketAddress> addresses = new ArrayList<>();
            for (InetAddress each : Detached.call("resolver", () -> resolver.addresses(named.getHostString()), deadline)) {
                addresses.add(new InetSocketAddress(each, named.getPort()));
            }
            return addresses.subList(0, Math.min(addresses.size(), MAX_ADDRESSES));
        } catch (TimeoutException e) {
            throw timeout("looking up the host of " + url);
        } catch (ExecutionException e) {
            String reason = e.getCause() instanceof UnknownHostException ? "unknown host" : e.getCause().toString();
            throw new IOException("cannot connect to " + url + ": " + reason, e);
        }
    }

    /** Connects to the first address that answers. */
    private static Connection dial(BrokerUrl url, List<SocketAddress> addresses, Deadline deadline)
            throws IOException, InterruptedException {
        for (int left = addresses.size();; left--) {
            // An equal share of the remaining time for each address, because one may not answer.
            Deadline share = deadline.cappedAt(Duration.ofNanos(deadline.remaining().toNanos() / left));
            try {
                return dial(url, addresses.get(addresses.size() - left), share);
            } catch (ClosedByInterruptException e) {
                throw interrupted("connecting to " + url);
            } catch (IOException e) {
                if (left == 1) {
                    throw e instanceof SocketTimeoutException ? e : new IOException("cannot connect to " + url + ": " + e.getMessage(), e);
                }
            }
        }
    }

    private static Connection dial(BrokerUrl url, SocketAddress address, Deadline deadline) throws IOException, InterruptedException {
        SocketChannel channel = address instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
        Selector selector = null;
        try {
            selector = Selector.open();
            Connection connection = new Connection(url, channel, selector);
            for (boolean connected = channel.connect(address); !connected; connected = channel.finishConnect()) {
                connection.await(SelectionKey.OP_CONNECT, deadline, "connecting to " + url);
            }
            return connection;
        } finally {
            if (!channel.isConnected()) {
                channel.close();
                if (selector != null) {
                    selector.close();
                }
            }
        }
    }

    /**
     * Sends a command and waits for its reply.
     *
     * @param words the name of the command, then its arguments, each a byte array or a value to be sent as text
     * @return the reply, which may be an error from Redis
     * @throws SocketTimeoutException if the deadline passes first; the command may have been executed
     * @throws RespException if the server's bytes are not RESP
     * @throws IOException if the connection fails, or failed earlier
     * @throws InterruptedException if this thread is interrupted; the command may have been executed
     */
    public Reply call(Deadline deadline, Object... words) throws IOException, InterruptedException {
        String what = words[0] + " on " + url;
        boolean answered = false;
        try {
            if (in.hasRemaining()) {
                throw new RespException("a reply without a command");
            }
            send(encode(words), deadline, what);
            Reply reply = receive(deadline, what);
            answered = true;
            return reply;
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (ClosedByInterruptException e) {
            throw interrupted(what);
        } catch (RespException e) {
            throw new RespException(url + " answered " + e.getMessage());
        } catch (IOException e) {
            throw new IOException("connection to " + url + " failed: " + e.getMessage(), e);
        } finally {
            if (!answered) {
                close();
            }
        }
    }

    /** Encodes a command as RESP: an array of bulk strings. */
    private static ByteBuffer encode(Object... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        out.writeBytes(utf8("*" + words.length + "\r\n"));
        for (Object word : words) {
            byte[] bytes = word instanceof byte[] raw ? raw : utf8(word.toString());
            out.writeBytes(utf8("$" + bytes.length + "\r\n"));
            out.writeBytes(bytes);
            out.writeBytes(utf8("\r\n"));
        }
        return ByteBuffer.wrap(out.toByteArray());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void send(ByteBuffer out, Deadline deadline, String what) throws IOException, InterruptedException {
        while (true) {
            try {
                channel.write(out);
            } catch (ClosedByInterruptException e) {
                throw e;
            } catch (IOException e) {
                throw serverError(e);
            }
            if (!out.hasRemaining()) {
                return;
            }
            await(SelectionKey.OP_WRITE, deadline, what);
        }
    }

    /** Returns why a write failed: the error that the server sent before it closed the connection, if any. */
    private IOException serverError(IOException failure) {
        try {
            read();
            return parser.next(in) instanceof Reply.Error error ? new IOException(error.words(), failure) : failure;
        } catch (IOException e) {
            return failure;
        }
    }

    private Reply receive(Deadline deadline, String what) throws IOException, InterruptedException {
        int late = 0;
        while (true) {
            Reply reply = parser.next(in);
            if (reply != null) {
                return reply;
            }
            // A server may send without end.
            if (deadline.expired() && late++ == MAX_LATE_READS) {
                throw timeout(what);
            }
            await(SelectionKey.OP_READ, deadline, what);
            if (read() < 0) {
                throw new IOException("closed by the server");
            }
        }
    }

    private int read() throws IOException {
        in.clear();
        try {
            return channel.read(in);
        } finally {
            in.flip();
        }
    }

    private void await(int operation, Deadline deadline, String what) throws IOException, InterruptedException {
        key.interestOps(operation);
        do {
            long wait = deadline.nextWait();
            boolean last = wait == 0;
            // A reply that has arrived counts even if the deadline has passed: this process may not have run until now.
            if (last) {
                selector.selectNow();
            } else {
                selector.select(wait);
            }
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted(what);
            }
            if (last && (selector.selectedKeys().isEmpty() || operation == SelectionKey.OP_WRITE)) {
                throw timeout(what);
            }
        } while (selector.selectedKeys().isEmpty());
        selector.selectedKeys().clear();
    }

    private static SocketTimeoutException timeout(String what) {
        return new SocketTimeoutException("no answer in time: " + what);
    }

    /** Clears the interrupted status, which is still set after a {@link ClosedByInterruptException}. */
    private static InterruptedException interrupted(String what) {
        Thread.interrupted();
        return new InterruptedException("interrupted: " + what);
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
