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
        String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        int at = authority.lastIndexOf('@');
        String host = authority.substring(at + 1);
        String rest = uri.getRawPath() + uri.getRawQuery() + uri.getRawFragment();
        if (!host.isEmpty() && rest.indexOf('@') >= 0) {
            // The apparent host may be the beginning of a password.
            throw new IllegalArgumentException("a slash before the '@': in a password it is written %2F");
        }
        String user = authority.substring(0, Math.max(0, at)).split(":", 2)[0];
        // URLDecoder would decode a plus sign too.
        String password = user.isEmpty() ? null : URI.create("/" + user).getPath().substring(1);
        boolean more = uri.getRawQuery() != null || uri.getRawFragment() != null;
        String path = uri.getPath() == null ? "" : uri.getPath();
        if ("unix".equalsIgnoreCase(uri.getScheme())) {
            if (path.length() < 2 || path.indexOf('\0') >= 0 || path.getBytes(StandardCharsets.UTF_8).length > MAX_PATH) {
                throw new IllegalArgumentException("no socket path of at most " + MAX_PATH + " bytes");
            }
            return of(UnixDomainSocketAddress.of(path), password, "unix://" + path, more || !host.isEmpty());
        }
        if (!"tcp".equalsIgnoreCase(uri.getScheme())) {
            throw new IllegalArgumentException("unknown scheme");
        }
        Matcher matcher = HOST_AND_PORT.matcher(host);
        int port = matcher.matches() ? Integer.parseInt(matcher.group(2)) : 0;
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("no host, or no port from 1 to 65535");
        }
        String name = matcher.group(1).isEmpty() ? "localhost" : matcher.group(1);
        // The percent sign before the zone of a link-local address is escaped in a URL.
        return of(InetSocketAddress.createUnresolved(name.replace("%25", "%"), port), password, "tcp://" + name + ":" + port,
                more || path.length() > 1);
    }

    private static BrokerUrl of(SocketAddress address, String password, String text, boolean more) {
        return new BrokerUrl(address, password, text, more ? "the rest of the URL is ignored, the broker is " + text : null);
    }

    /** Returns this broker with a password, unless its URL had one. */
    public BrokerUrl withDefaultPassword(String other) {
        return password != null || other == null || other.isEmpty() ? this : new BrokerUrl(address, other, text, warning);
    }

    /** Returns the URL without its password. */
    @Override
    public String toString() {
        return text;
    }
}
