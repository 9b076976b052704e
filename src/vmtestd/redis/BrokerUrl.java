package vmtestd.redis;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * Where the broker is, written as zbus writes it: {@code unix:///var/run/redis.sock} or
 * {@code tcp://host:port}. A user part is the Redis password ({@code unix://secret@/run/redis.sock}).
 * What zbus's {@code newRedisPool} accepts is accepted, and what it ignores is ignored.
 *
 * @param address what to connect to; a host name in it is not resolved yet
 * @param password the password for {@code AUTH}, or null
 * @param text the URL for people, without the password
 * @param warning what was ignored, for people, or null
 */
public record BrokerUrl(SocketAddress address, String password, String text, String warning) {
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
        if ("unix".equalsIgnoreCase(uri.getScheme())) {
            return unix(uri);
        }
        if ("tcp".equalsIgnoreCase(uri.getScheme())) {
            return tcp(uri);
        }
        if (uri.getScheme() == null) {
            throw new IllegalArgumentException("no scheme");
        }
        // In secret:x@host, what looks like the scheme is not one.
        throw new IllegalArgumentException("unknown scheme" + (uri.isOpaque() ? "" : " '" + uri.getScheme() + "'"));
    }

    private static BrokerUrl unix(URI uri) {
        String path = uri.getPath();
        if (path == null || path.length() < 2) {
            throw new IllegalArgumentException("no socket path");
        }
        int length = path.getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_PATH) {
            throw new IllegalArgumentException(
                    "a socket path of " + length + " bytes, where the system takes at most " + MAX_PATH);
        }
        if (path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a zero byte in the path");
        }
        String host = host(uri);
        String ignored = null;
        if (!host.isEmpty()) {
            ignored = "the host '" + host + "' of a unix URL is ignored, the socket is " + path;
        } else if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            ignored = "what follows the path is ignored, the socket is " + path;
        }
        return new BrokerUrl(UnixDomainSocketAddress.of(path), password(uri), "unix://" + path, ignored);
    }

    private static BrokerUrl tcp(URI uri) {
        String address = host(uri);
        int colon = address.lastIndexOf(':');
        String host = address.substring(0, Math.max(0, colon));
        int port = port(address.substring(colon + 1));
        if (colon < 0 || port == 0 || host.indexOf(':') >= 0 && !host.startsWith("[")) {
            throw new IllegalArgumentException("no host, or no port from 1 to 65535");
        }
        if (host.isEmpty()) {
            host = "localhost";
        }
        boolean more = uri.getPath().length() > 1 || uri.getRawQuery() != null || uri.getRawFragment() != null;
        // The zone of a link-local address has its percent sign escaped in a URL.
        return new BrokerUrl(InetSocketAddress.createUnresolved(host.replace("%25", "%"), port), password(uri),
                "tcp://" + host + ":" + port, more ? "what follows the port is ignored" : null);
    }

    /** What follows the user part. Not {@link URI#getHost}, which knows no name with an underscore. */
    private static String host(URI uri) {
        String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        String host = authority.substring(authority.lastIndexOf('@') + 1);
        String rest = uri.getRawPath() + uri.getRawQuery() + uri.getRawFragment();
        if (!host.isEmpty() && rest.indexOf('@') >= 0) {
            // What looks like the host may be the beginning of a password.
            throw new IllegalArgumentException("a slash before the '@': in a password it is written %2F");
        }
        return host;
    }

    /** The number of a port, or 0. */
    private static int port(String text) {
        int port = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9 || port > 65535) {
                return 0;
            }
            port = port * 10 + digit;
        }
        return port > 65535 ? 0 : port;
    }

    /** The user name of a user part, with its percent signs undone; what follows a colon is not used. */
    private static String password(URI uri) {
        String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        String user = authority.substring(0, Math.max(0, authority.lastIndexOf('@')));
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
