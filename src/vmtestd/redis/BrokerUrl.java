package vmtestd.redis;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address of a broker, as in zbus's {@code newRedisPool}: {@code unix:///var/run/redis.sock} or
 * {@code tcp://host:port}. The user part, if any, is the Redis password ({@code unix://secret@/run/redis.sock}).
 *
 * @param address what to connect to, with an unresolved host name
 * @param password the password for {@code AUTH}, or null
 * @param text the URL without the password
 * @param warning which part of the URL was ignored, or null
 */
public record BrokerUrl(SocketAddress address, String password, String text, String warning) {
    /** The maximum length of a socket path: {@code sun_path} has 108 bytes, of which the JDK uses two itself. */
    private static final int MAX_PATH = 106;
    private static final Pattern HOST_AND_PORT = Pattern.compile("(\\[.*]|[^:]*):([0-9]{1,5})");

    /**
     * Parses a URL.
     *
     * @throws IllegalArgumentException if it is not a broker's URL; the message says why, without the password
     */
    public static BrokerUrl parse(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            // The exception's own message contains the input, and so perhaps a password.
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
        // In secret:x@host, the password looks like a scheme.
        throw new IllegalArgumentException("unknown scheme" + (uri.isOpaque() ? "" : " '" + uri.getScheme() + "'"));
    }

    private static BrokerUrl unix(URI uri) {
        String path = uri.getPath() == null ? "" : uri.getPath();
        if (path.length() < 2 || path.indexOf('\0') >= 0 || path.getBytes(StandardCharsets.UTF_8).length > MAX_PATH) {
            throw new IllegalArgumentException("no socket path of at most " + MAX_PATH + " bytes");
        }
        String host = host(uri);
        String ignored = !host.isEmpty() ? "the host '" + host + "' of a unix URL" : hasRest(uri) ? "what follows the path" : null;
        return new BrokerUrl(UnixDomainSocketAddress.of(path), password(uri), "unix://" + path,
                ignored == null ? null : ignored + " is ignored, the socket is " + path);
    }

    private static BrokerUrl tcp(URI uri) {
        Matcher address = HOST_AND_PORT.matcher(host(uri));
        int port = address.matches() ? Integer.parseInt(address.group(2)) : 0;
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("no host, or no port from 1 to 65535");
        }
        String host = address.group(1).isEmpty() ? "localhost" : address.group(1);
        // The percent sign before the zone of a link-local address is escaped in a URL.
        return new BrokerUrl(InetSocketAddress.createUnresolved(host.replace("%25", "%"), port), password(uri),
                "tcp://" + host + ":" + port, uri.getPath().length() > 1 || hasRest(uri) ? "what follows the port is ignored" : null);
    }

    private static boolean hasRest(URI uri) {
        return uri.getRawQuery() != null || uri.getRawFragment() != null;
    }

    /** Returns what follows the user part. {@link URI#getHost} returns null for a name with an underscore. */
    private static String host(URI uri) {
        String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        String host = authority.substring(authority.lastIndexOf('@') + 1);
        String rest = uri.getRawPath() + uri.getRawQuery() + uri.getRawFragment();
        if (!host.isEmpty() && rest.indexOf('@') >= 0) {
            // The apparent host may be the beginning of a password.
            throw new IllegalArgumentException("a slash before the '@': in a password it is written %2F");
        }
        return host;
    }

    /** Returns the user part up to a colon, without percent encoding; null if there is none. */
    private static String password(URI uri) {
        String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        String user = authority.substring(0, Math.max(0, authority.lastIndexOf('@')));
        int colon = user.indexOf(':');
        String name = colon < 0 ? user : user.substring(0, colon);
        // URLDecoder would decode a plus sign too.
        return name.isEmpty() ? null : URI.create("/" + name).getPath().substring(1);
    }

    /** Returns the URL without its password. */
    @Override
    public String toString() {
        return text;
    }
}
