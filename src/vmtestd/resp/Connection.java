package vmtestd.resp;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import vmtestd.time.Deadline;

/**
 * One connection to a Redis server, for one thread: a command, then its reply. The first failure is
 * final: after an exception the connection is closed, and the next one is dialled anew.
 *
 * <p>The channel never blocks; a selector does the waiting, because a Unix-domain channel knows no
 * timeout of its own.
 */
public final class Connection implements Closeable {
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
        Connection connection = null;
        try {
            connection = allocate(url);
            connection.connect(deadline);
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (ClosedByInterruptException e) {
            throw interrupted("connecting to " + url);
        } catch (IOException e) {
            throw new IOException("cannot connect to " + url + ": " + reason(e), e);
        } finally {
            if (connection != null && !connection.channel.isConnected()) {
                connection.close();
            }
        }
        if (url.password() != null) {
            connection.authenticate(url.password(), deadline);
        }
        return connection;
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

    private void connect(Deadline deadline) throws IOException, InterruptedException {
        boolean connected = channel.connect(resolve(url.address()));
        while (!connected) {
            await(SelectionKey.OP_CONNECT, deadline, "connecting to " + url);
            connected = channel.finishConnect();
        }
    }

    private static SocketAddress resolve(SocketAddress address) throws IOException {
        if (!(address instanceof InetSocketAddress named)) {
            return address;
        }
        InetSocketAddress resolved = new InetSocketAddress(named.getHostString(), named.getPort());
        if (resolved.isUnresolved()) {
            throw new UnknownHostException("unknown host");
        }
        return resolved;
    }

    private void authenticate(String password, Deadline deadline) throws IOException, InterruptedException {
        Reply reply = call(deadline, "AUTH".getBytes(StandardCharsets.US_ASCII), password.getBytes(StandardCharsets.UTF_8));
        if (reply instanceof Reply.Error error) {
            close();
            throw new IOException(url + " refused the password: " + error.words());
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
            channel.write(out);
            if (!out.hasRemaining()) {
                return;
            }
            await(SelectionKey.OP_WRITE, deadline, what);
        }
    }

    private Reply receive(Deadline deadline, String what) throws IOException, InterruptedException {
        while (true) {
            Reply reply = parser.next(in);
            if (reply != null) {
                return reply;
            }
            await(SelectionKey.OP_READ, deadline, what);
            in.clear();
            int count = channel.read(in);
            in.flip();
            if (count < 0) {
                throw new IOException("closed by the server");
            }
        }
    }

    private void await(int operation, Deadline deadline, String what) throws IOException, InterruptedException {
        key.interestOps(operation);
        do {
            Duration left = deadline.left();
            if (left.isNegative() || left.isZero()) {
                throw new SocketTimeoutException("no answer in time: " + what);
            }
            // Rounded up: select(0) would wait for ever, and a last half millisecond must not spin.
            selector.select(left.toMillis() + 1);
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted(what);
            }
        } while (selector.selectedKeys().isEmpty());
        selector.selectedKeys().clear();
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
