package vmtestd.resp;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * Where the broker is, written as zbus writes it: {@code unix:///var/run/redis.sock} or
 * {@code tcp://host:port}. A user part is the Redis password ({@code unix://secret@/run/redis.sock}),
 * as in zbus's {@code newRedisPool}.
 *
 * @param address what to connect to; a host name in it is not resolved yet
 * @param password the password for {@code AUTH}, or null
 * @param text the URL for people, without the password
 */
public record BrokerUrl(SocketAddress address, String password, String text) {
    /** The longest socket path in bytes: {@code sun_path} has 108, and the JDK wants two of them for itself. */
    static final int MAX_PATH = 106;

    /**
     * Reads a broker's URL.
     *
     * @throws IllegalArgumentException where it is none; the message says why, and never the password
     */
    public static BrokerUrl parse(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            // The exception's own message repeats the input, and that may hold a password.
            throw new IllegalArgumentException("not a URL (" + e.getReason() + ")");
        }
        if ("unix".equals(uri.getScheme())) {
            return unix(uri);
        }
        if ("tcp".equals(uri.getScheme())) {
            return tcp(uri);
        }
        if (uri.getScheme() == null) {
            throw new IllegalArgumentException("no scheme");
        }
        // In secret:x@host, what looks like the scheme is not one.
        throw new IllegalArgumentException("unknown scheme" + (uri.isOpaque() ? "" : " '" + uri.getScheme() + "'"));
    }

    private static BrokerUrl unix(URI uri) {
        String authority = uri.getRawAuthority();
        if (authority != null && !authority.endsWith("@")) {
            throw new IllegalArgumentException("a host in a unix URL: three slashes lead to the socket's path");
        }
        String path = uri.getPath();
        if (path == null || path.length() < 2 || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("no socket path, or something behind it");
        }
        int length = path.getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_PATH) {
            throw new IllegalArgumentException(
                    "a socket path of " + length + " bytes, where the system takes at most " + MAX_PATH);
        }
        if (path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a zero byte in the path");
        }
        String user = authority == null ? null : authority.substring(0, authority.length() - 1);
        return new BrokerUrl(UnixDomainSocketAddress.of(path), password(user), "unix://" + path);
    }

    private static BrokerUrl tcp(URI uri) {
        String host = uri.getHost();
        if (host == null || uri.getPort() < 1 || uri.getPort() > 65535) {
            throw new IllegalArgumentException("no host, or no port from 1 to 65535");
        }
        if (!uri.getPath().isEmpty() || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("something behind the port");
        }
        InetSocketAddress address = InetSocketAddress.createUnresolved(host, uri.getPort());
        return new BrokerUrl(address, password(uri.getRawUserInfo()), "tcp://" + host + ":" + uri.getPort());
    }

    /** The user name of a user part, with its percent signs undone; what follows a colon is not used. */
    private static String password(String user) {
        if (user == null || user.isEmpty()) {
            return null;
        }
        int colon = user.indexOf(':');
        String name = colon < 0 ? user : user.substring(0, colon);
        // Only a URI's path undoes percent signs and leaves a plus alone.
        return name.isEmpty() ? null : URI.create("/" + name).getPath().substring(1);
    }

    /** The URL without its password: a record's own form would show it. */
    @Override
    public String toString() {
        return text;
    }
}
