package vmtestd.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import vmtestd.redis.Reply;
import vmtestd.redis.ReplyParser;

/**
 * As much of a Redis server as zbus needs, on a Unix-domain socket: lists, blocking pops, and a few
 * commands about clients. One thread does it all, in the order in which commands come, as Redis does.
 */
public final class EmbeddedBroker implements AutoCloseable {
    private final class Client {
        final int id = ++lastId;
        final SocketChannel channel;
        final ReplyParser parser = new ReplyParser();
        String name = "";
        boolean trusted = password == null;
        /** What a blocked client waits for: the keys of a BLPOP, and until when; null while not blocked. */
        List<String> keys;
        long until;

        Client(SocketChannel channel) {
            this.channel = channel;
        }
    }

    private final Path socket;
    private final String password;
    private final Selector selector = Selector.open();
    private final ServerSocketChannel server;
    private final Thread thread = new Thread(this::serve, "embedded-broker");
    private final Map<String, Deque<byte[]>> lists = new LinkedHashMap<>();
    private final Map<String, byte[]> values = new LinkedHashMap<>();
    private final Map<String, String> expiries = new LinkedHashMap<>();
    private final List<Client> clients = new ArrayList<>();
    private int lastId;
    private volatile boolean closed;

    /** Listens on a socket; a password of null wants none. */
    public EmbeddedBroker(Path socket, String password) throws IOException {
        this.socket = socket;
        this.password = password;
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
        thread.start();
    }

    /** Where it listens, as a broker's URL. */
    public String url() {
        return "unix://" + socket;
    }

    /** Ends all connections, forgets all lists and removes the socket. */
    @Override
    public void close() throws IOException {
        closed = true;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a test", e);
        }
        Files.deleteIfExists(socket);
    }

    private void serve() {
        try (selector; server) {
            while (!closed) {
                selector.select(Math.max(1, untilNextTimeout()));
                for (SelectionKey key : selector.selectedKeys()) {
                    if (key.isValid() && key.isAcceptable()) {
                        accept();
                    } else if (key.isValid()) {
                        read((Client) key.attachment());
                    }
                }
                selector.selectedKeys().clear();
                endTimeouts();
            }
            for (Client client : clients) {
                client.channel.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() throws IOException {
        SocketChannel channel = server.accept();
        Client client = new Client(channel);
        clients.add(client);
        channel.configureBlocking(false).register(selector, SelectionKey.OP_READ, client);
    }

    private void read(Client client) throws IOException {
        ByteBuffer in = ByteBuffer.allocate(8192);
        try {
            if (client.channel.read(in) < 0) {
                drop(client);
                return;
            }
            in.flip();
            for (Reply command = client.parser.next(in); command != null; command = client.parser.next(in)) {
                execute(client, words((Reply.Array) command));
            }
        } catch (ProtocolException e) {
            send(client, "-ERR Protocol error: " + e.getMessage() + "\r\n");
            drop(client);
        } catch (IOException e) {
            // The client went away in the middle of something: as if it had closed.
            drop(client);
        }
    }

    private static List<byte[]> words(Reply.Array command) {
        return command.items().stream().map(word -> ((Reply.Bulk) word).bytes()).toList();
    }

    private void drop(Client client) throws IOException {
        clients.remove(client);
        client.channel.close();
    }

    private void execute(Client client, List<byte[]> words) throws IOException {
        String command = text(words.get(0)).toUpperCase();
        if (!client.trusted && !command.equals("AUTH")) {
            send(client, "-NOAUTH Authentication required.\r\n");
            return;
        }
        String key = words.size() > 1 ? text(words.get(1)) : "";
        switch (command) {
            case "PING" -> send(client, "+PONG\r\n");
            case "AUTH" -> {
                client.trusted = key.equals(password);
                send(client, client.trusted ? "+OK\r\n" : "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
            }
            case "RPUSH", "LPUSH" -> {
                Deque<byte[]> list = lists.computeIfAbsent(key, k -> new ArrayDeque<>());
                if (command.equals("RPUSH")) {
                    list.addLast(words.get(2));
                } else {
                    list.addFirst(words.get(2));
                }
                send(client, ":" + list.size() + "\r\n");
                serveBlocked();
            }
            case "BLPOP" -> {
                client.keys = words.subList(1, words.size() - 1).stream().map(EmbeddedBroker::text).toList();
                client.until = System.nanoTime() + Long.parseLong(text(words.get(words.size() - 1))) * 1_000_000_000L;
                serveBlocked();
            }
            case "LPOP" -> {
                byte[] value = lists.containsKey(key) ? lists.get(key).removeFirst() : null;
                if (value == null) {
                    send(client, "$-1\r\n");
                    return;
                }
                if (lists.get(key).isEmpty()) {
                    lists.remove(key);
                }
                send(client, "$" + value.length + "\r\n");
                send(client, value);
                send(client, "\r\n");
            }
            case "SET" -> {
                // Values are kept forever; PTTL returns what a client asked for.
                List<String> options = words.stream().skip(3).map(EmbeddedBroker::text).toList();
                if (options.contains("NX") && values.containsKey(key)) {
                    send(client, "$-1\r\n");
                    break;
                }
                values.put(key, words.get(2));
                expiries.put(key, options.contains("PX") ? options.get(options.indexOf("PX") + 1) : "-1");
                send(client, "+OK\r\n");
            }
            case "GET" -> {
                byte[] value = values.get(key);
                send(client, value == null ? "$-1\r\n" : bulk(text(value)));
            }
            case "PTTL" -> send(client, ":" + expiries.getOrDefault(key, "-2") + "\r\n");
            case "LREM" -> send(client, ":" + remove(key, words.get(3)) + "\r\n");
            case "LLEN" -> send(client, ":" + (lists.containsKey(key) ? lists.get(key).size() : 0) + "\r\n");
            case "DEL" -> {
                long removed = words.stream().skip(1).filter(name -> lists.remove(text(name)) != null | values.remove(text(name)) != null).count();
                send(client, ":" + removed + "\r\n");
            }
            case "EXPIRE" -> send(client, ":" + (lists.containsKey(key) ? 1 : 0) + "\r\n");
            case "KEYS" -> {
                StringBuilder reply = new StringBuilder("*" + (lists.size() + values.size()) + "\r\n");
                values.keySet().forEach(name -> reply.append(bulk(name)));
                lists.keySet().forEach(name -> reply.append(bulk(name)));
                send(client, reply.toString());
            }
            case "CLIENT" -> executeClient(client, words);
            default -> send(client, "-ERR unknown command '" + command + "'\r\n");
        }
    }

    private void executeClient(Client client, List<byte[]> words) throws IOException {
        switch (text(words.get(1)).toUpperCase()) {
            case "SETNAME" -> {
                client.name = text(words.get(2));
                send(client, "+OK\r\n");
            }
            case "LIST" -> {
                StringBuilder list = new StringBuilder();
                clients.forEach(each -> list.append("id=").append(each.id).append(" name=").append(each.name).append('\n'));
                send(client, bulk(list.toString()));
            }
            case "KILL" -> {
                int id = Integer.parseInt(text(words.get(3)));
                for (Client other : List.copyOf(clients)) {
                    if (other.id == id) {
                        drop(other);
                    }
                }
                send(client, ":1\r\n");
            }
            default -> send(client, "-ERR unknown subcommand\r\n");
        }
    }

    private int remove(String key, byte[] value) {
        Deque<byte[]> list = lists.getOrDefault(key, new ArrayDeque<>());
        for (Iterator<byte[]> each = list.iterator(); each.hasNext();) {
            if (Arrays.equals(each.next(), value)) {
                each.remove();
                if (list.isEmpty()) {
                    lists.remove(key);
                }
                return 1;
            }
        }
        return 0;
    }

    /** Gives waiting clients what has come, the longest waiting first. */
    private void serveBlocked() throws IOException {
        for (Client client : List.copyOf(clients)) {
            String key = client.keys == null ? null
                    : client.keys.stream().filter(lists::containsKey).findFirst().orElse(null);
            if (key != null) {
                byte[] value = lists.get(key).removeFirst();
                if (lists.get(key).isEmpty()) {
                    lists.remove(key);
                }
                client.keys = null;
                send(client, "*2\r\n" + bulk(key) + "$" + value.length + "\r\n");
                send(client, value);
                send(client, "\r\n");
            }
        }
    }

    private long untilNextTimeout() {
        long next = 1000;
        for (Client client : clients) {
            if (client.keys != null) {
                next = Math.min(next, (client.until - System.nanoTime()) / 1_000_000);
            }
        }
        return next;
    }

    private void endTimeouts() throws IOException {
        for (Client client : List.copyOf(clients)) {
            if (client.keys != null && client.until - System.nanoTime() <= 0) {
                client.keys = null;
                send(client, "*-1\r\n");
            }
        }
    }

    private void send(Client client, String text) throws IOException {
        send(client, text.getBytes(StandardCharsets.UTF_8));
    }

    private void send(Client client, byte[] bytes) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(bytes);
        try {
            while (out.hasRemaining() && client.channel.isOpen()) {
                client.channel.write(out);
            }
        } catch (IOException e) {
            drop(client);
        }
    }

    private static String bulk(String text) {
        return "$" + text.getBytes(StandardCharsets.UTF_8).length + "\r\n" + text + "\r\n";
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
