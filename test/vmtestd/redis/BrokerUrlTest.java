package vmtestd.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BrokerUrlTest {
    @ParameterizedTest
    @CsvSource({
        "unix:///var/run/redis.sock, /var/run/redis.sock, , unix:///var/run/redis.sock",
        "unix:/run/r.sock, /run/r.sock, , unix:///run/r.sock",
        "unix://secret@/run/r.sock, /run/r.sock, secret, unix:///run/r.sock",
        "unix://secret:ignored@/run/r.sock, /run/r.sock, secret, unix:///run/r.sock",
        "unix://p%40ss%2F%25+%C3%BC@/r, /r, p@ss/%+\u00fc, unix:///r",
        "unix://@/run/r.sock, /run/r.sock, , unix:///run/r.sock",
        "unix://:only@/run/r.sock, /run/r.sock, , unix:///run/r.sock",
        "UNIX:///run/r.sock, /run/r.sock, , unix:///run/r.sock",
        "unix:///run/with%20blank, /run/with blank, , unix:///run/with blank"})
    void readsUnixUrls(String url, String path, String password, String text) {
        BrokerUrl broker = BrokerUrl.parse(url);
        assertNull(broker.warning());
        assertEquals(UnixDomainSocketAddress.of(path), broker.address());
        assertEquals(password, broker.password());
        assertEquals(text, broker.text());
    }

    @ParameterizedTest
    @CsvSource({
        "tcp://localhost:6379, localhost, 6379, , tcp://localhost:6379",
        "tcp://10.1.2.3:1, 10.1.2.3, 1, , tcp://10.1.2.3:1",
        "tcp://[::1]:65535, [::1], 65535, , tcp://[::1]:65535",
        "tcp://[fe80::1%25lo]:1, [fe80::1%lo], 1, , tcp://[fe80::1%25lo]:1",
        "TCP://host:6379, host, 6379, , tcp://host:6379",
        "tcp://host:6379/, host, 6379, , tcp://host:6379",
        "tcp://:6379, localhost, 6379, , tcp://localhost:6379",
        "tcp://redis_broker:6379, redis_broker, 6379, , tcp://redis_broker:6379",
        "tcp://p%40ss:x@redis_broker:6379, redis_broker, 6379, p@ss, tcp://redis_broker:6379",
        "tcp://secret@host:6379, host, 6379, secret, tcp://host:6379",
        "tcp://secret:ignored@host:6379, host, 6379, secret, tcp://host:6379",
        "tcp://p%3Aw+x@host:6379, host, 6379, p:w+x, tcp://host:6379"})
    void readsTcpUrlsAndLeavesTheNameUnresolved(String url, String host, int port, String password, String text) {
        BrokerUrl broker = BrokerUrl.parse(url);
        assertEquals(InetSocketAddress.createUnresolved(host, port), broker.address());
        assertEquals(password, broker.password());
        assertEquals(text, broker.text());
        assertNull(broker.warning());
    }

    /** As Go's url.Parse and zbus's newRedisPool take them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "unix://var/run/redis.sock | unix:///run/redis.sock | ",
        "unix://localhost/var/run/r | unix:///var/run/r | ",
        "unix://secret@a_b:80/r?x | unix:///r | secret",
        "unix:///r?db=1 | unix:///r | ",
        "unix:///r#x | unix:///r | ",
        "tcp://secret@host:6379/0 | tcp://host:6379 | secret",
        "tcp://host:6379?x | tcp://host:6379 | ",
        "tcp://host:6379#x | tcp://host:6379 | "})
    void ignoresWhatTheGoClientIgnoresAndWarnsOfIt(String url, String text, String password) {
        BrokerUrl broker = BrokerUrl.parse(url);
        assertEquals(text, broker.text());
        assertEquals(password, broker.password());
        assertEquals("the rest of the URL is ignored, the broker is " + text, broker.warning());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'' | unknown scheme",
        "/var/run/redis.sock | unknown scheme",
        "redis://host:6379 | unknown scheme",
        "http://host | unknown scheme",
        "unix:// | not a URL (Expected authority)",
        "unix:/// | no socket path of at most 106 bytes",
        "unix://localhost | no socket path of at most 106 bytes",
        "unix:run/r.sock | no socket path of at most 106 bytes",
        "unix:///r%00x | no socket path of at most 106 bytes",
        "tcp://host | no host, or no port from 1 to 65535",
        "tcp://host: | no host, or no port from 1 to 65535",
        "tcp://host:0 | no host, or no port from 1 to 65535",
        "tcp://host:65536 | no host, or no port from 1 to 65535",
        "tcp://host:x | no host, or no port from 1 to 65535",
        "tcp://::1:6379 | no host, or no port from 1 to 65535",
        "tcp://host:+1 | no host, or no port from 1 to 65535",
        "tcp://host:4294967297 | no host, or no port from 1 to 65535",
        "tcp:host:6379 | no host, or no port from 1 to 65535",
        "tcp:///run/r.sock | no host, or no port from 1 to 65535",
        "tcp://x:1/y@host:6379 | a slash before the '@': in a password it is written %2F",
        "unix://x/y@/r | a slash before the '@': in a password it is written %2F",
        "unix:///a b | not a URL (Illegal character in path)",
        "unix:///a%zz | not a URL (Malformed escape pair)",
        "host:6379:x y | not a URL (Illegal character in opaque part)"})
    void saysWhyAWordIsNoBroker(String url, String message) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, () -> BrokerUrl.parse(url)).getMessage());
    }

    @Test
    void measuresASocketPathInBytes() {
        String longest = "/" + "x".repeat(105);
        assertEquals(UnixDomainSocketAddress.of(longest), BrokerUrl.parse("unix://" + longest).address());
        assertEquals("no socket path of at most 106 bytes", assertThrows(
                IllegalArgumentException.class, () -> BrokerUrl.parse("unix:///" + "\u00fc".repeat(53))).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "unix://hunter2@", "unix://hunter2@/", "unix://hunter2@/r%00", "unix://hunter2@x/y@/r", "unix://hunter2@host",
        "unix://hun[ter2@/r", "unix://hunter2%@/r", "unix://hunter2 @/r", "unix://x/hunter2@/r",
        "tcp://hunter2@host", "tcp://hunter2@host:0", "tcp://x:1/hunter2@host:6379", "tcp://hunter2@ho st:1",
        "tcp:hunter2@host:6379", "redis://hunter2@host:6379", "//hunter2@host:6379", "hunter2@host:6379"})
    void neverShowsAPasswordInAMessage(String url) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> BrokerUrl.parse(url));
        assertFalse(e.toString().contains("ter2"), e.toString());
        assertNull(e.getCause(), "a cause would be shown with its own message");
    }

    @ParameterizedTest
    @CsvSource({"unix:///r, secret, secret", "unix://own@/r, secret, own", "unix:///r, '',", "unix:///r,,", "tcp://own@h:1,, own"})
    void takesADefaultPasswordUnlessItsUrlHasOne(String url, String other, String password) {
        BrokerUrl broker = BrokerUrl.parse(url).withDefaultPassword(other);
        assertEquals(password, broker.password());
        assertEquals(BrokerUrl.parse(url).address(), broker.address());
        assertFalse(broker.toString().contains("secret"), broker.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix://hunter2@/r", "unix://hunter2:x@/r", "unix://hunter2@host/r", "unix://hunter2@/r?x",
        "tcp://hunter2@host:6379", "tcp://hunt%65r2@h:1", "tcp://hunter2@host:6379/0"})
    void neverShowsThePasswordOfAGoodUrl(String url) {
        BrokerUrl broker = BrokerUrl.parse(url);
        assertEquals("hunter2", broker.password());
        assertFalse((broker + " " + broker.warning()).contains("hunt"), broker.toString());
        assertTrue(broker.toString().matches("unix:///r|tcp://h(ost)?:[0-9]+"), broker.toString());
    }
}
