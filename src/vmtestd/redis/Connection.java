package vmtestd.redis;

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
 * One connection to a Redis server, for one thread: a command, then its reply. The first failure is
 * final: after an exception the connection is closed, and the next one is dialled anew.
 *
 * <p>The channel never blocks; a selector does the waiting, because a Unix-domain channel knows no
 * timeout of its own.
 */
public final class Connection implements Closeable {
    /** More than a socket's buffer holds. */
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
     * Connects, and authenticates where the URL has a password.
     *
     * @throws SocketTimeoutException where the deadline passed first
     * @throws IOException where the server cannot be reached or refuses the password; the message
     *     names the server
     * @throws InterruptedException where this thread was interrupted meanwhile
     */
    public static Connection open(BrokerUrl url, Deadline deadline) throws IOException, InterruptedException {
        return open(url, url.address() instanceof InetSocketAddress named
                ? resolve(url, named, InetAddress::getAllByName, deadline) : List.of(url.address()), deadline);
    }

    static Connection open(BrokerUrl url, List<SocketAddress> addresses, Deadline deadline) throws IOException, InterruptedException {
        Connection connection = dial(url, addresses, deadline);
        if (url.password() != null) {
            connection.authenticate(url.password(), deadline);
        }
        return connection;
    }

    /** Looks up the addresses of a host, which may take any time. */
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
            throw new SocketTimeoutException("no answer in time: looking up the host of " + url);
        } catch (ExecutionException e) {
            String reason = e.getCause() instanceof UnknownHostException ? "unknown host" : e.getCause().toString();
            throw new IOException("cannot connect to " + url + ": " + reason, e);
        }
    }

    /** Connects to the first of the addresses that answers. */
    private static Connection dial(BrokerUrl url, List<SocketAddress> addresses, Deadline deadline)
            throws IOException, InterruptedException {
        StringBuilder reasons = new StringBuilder();
        IOException failure = null;
        for (int i = 0; i < addresses.size(); i++) {
            // A fair share of the time left, so that one that never answers does not use up that of the others.
            Deadline share = deadline.cappedAt(Duration.ofNanos(deadline.remaining().toNanos() / (addresses.size() - i)));
            try {
                return dial(url, addresses.get(i), share);
            } catch (ClosedByInterruptException e) {
                throw interrupted("connecting to " + url);
            } catch (SocketTimeoutException e) {
                if (addresses.size() == 1) {
                    throw e;
                }
                failure = e;
            } catch (IOException e) {
                failure = e;
            }
            if (addresses.size() > 1) {
                reasons.append(i == 0 ? "" : "; ").append(((InetSocketAddress) addresses.get(i)).getAddress().getHostAddress()).append(": ");
            }
            reasons.append(failure instanceof SocketTimeoutException ? "no answer in time" : reason(failure));
        }
        throw new IOException("cannot connect to " + url + ": " + reasons, failure);
    }

    private static Connection dial(BrokerUrl url, SocketAddress address, Deadline deadline) throws IOException, InterruptedException {
        Connection connection = allocate(url);
        try {
            connection.connect(address, deadline);
            return connection;
        } finally {
            if (!connection.channel.isConnected()) {
                connection.close();
            }
        }
    }

    private static Connection allocate(BrokerUrl url) throws IOException {
        SocketChannel channel = url.address() instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
        Selector selector = null;
        try {
            selector = Selector.open();
            return new Connection(url, channel, selector);
        } catch (IOException e) {
            channel.close();
            if (selector != null) {
                selector.close();
            }
            throw e;
        }
    }

    private void connect(SocketAddress address, Deadline deadline) throws IOException, InterruptedException {
        boolean connected = channel.connect(address);
        while (!connected) {
            await(SelectionKey.OP_CONNECT, deadline, "connecting to " + url);
            connected = channel.finishConnect();
        }
    }

    private void authenticate(String password, Deadline deadline) throws IOException, InterruptedException {
        Reply reply = call(deadline, "AUTH".getBytes(StandardCharsets.US_ASCII), password.getBytes(StandardCharsets.UTF_8));
        if (reply instanceof Reply.Error error) {
            close();
            throw new IOException(url + " refused AUTH: " + error.words());
        }
    }

    /** {@link #call(Deadline, byte[]...)} with a command of plain words. */
    public Reply call(Deadline deadline, String... words) throws IOException, InterruptedException {
        byte[][] command = new byte[words.length][];
        for (int i = 0; i < words.length; i++) {
            command[i] = words[i].getBytes(StandardCharsets.UTF_8);
        }
        return call(deadline, command);
    }

    /**
     * Sends a command and waits for its reply.
     *
     * @param command the command's name and its arguments
     * @return the reply; Redis's own errors are replies too
     * @throws SocketTimeoutException where the deadline passed first; the command may have been done
     * @throws RespException where the server's bytes are no RESP
     * @throws IOException where the connection failed, or had failed before
     * @throws InterruptedException where this thread was interrupted; the command may have been done
     */
    public Reply call(Deadline deadline, byte[]... command) throws IOException, InterruptedException {
        String what = new String(command[0], StandardCharsets.UTF_8) + " on " + url;
        boolean answered = false;
        try {
            if (in.hasRemaining()) {
                throw new RespException("a reply that nobody asked for");
            }
            send(encode(command), deadline, what);
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
            throw new IOException("connection to " + url + " failed: " + reason(e), e);
        } finally {
            if (!answered) {
                close();
            }
        }
    }

    /** A command as RESP has it: an array of bulks. */
    private static ByteBuffer encode(byte[]... command) {
        int size = 16;
        for (byte[] word : command) {
            size += word.length + 16;
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        out.put(header('*', command.length));
        for (byte[] word : command) {
            out.put(header('$', word.length)).put(word).put((byte) '\r').put((byte) '\n');
        }
        return out.flip();
    }

    private static byte[] header(char type, int length) {
        return (type + Integer.toString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private void send(ByteBuffer out, Deadline deadline, String what) throws IOException, InterruptedException {
        while (true) {
            try {
                channel.write(out);
            } catch (ClosedByInterruptException e) {
                throw e;
            } catch (IOException e) {
                throw lastWords(e);
            }
            if (!out.hasRemaining()) {
                return;
            }
            await(SelectionKey.OP_WRITE, deadline, what);
        }
    }

    /** The error that the server sent before it closed the connection, if any: that is why a write failed. */
    private IOException lastWords(IOException failure) {
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
            // A server that keeps sending must not keep this thread.
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
            // What has arrived by now counts, even if the deadline has passed: this process may not have run meanwhile.
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

    /** Where an interrupt reached the channel or the selector first: either way it is taken note of here. */
    private static InterruptedException interrupted(String what) {
        Thread.interrupted();
        return new InterruptedException("interrupted: " + what);
    }

    /** The system's words; a few exceptions of the JDK have none. */
    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** Whether the connection has not failed yet. */
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() {
        // The selector too: until it is closed or selects again, it holds the channel's descriptor.
        try (selector; channel) {
            key.cancel();
        } catch (IOException e) {
            throw new UncheckedIOException("closing a socket failed", e);
        }
    }
}
