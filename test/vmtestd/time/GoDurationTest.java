package vmtestd.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {
    private static final long MILLI = 1_000_000;

    @ParameterizedTest
    @CsvSource({
        "0, 0", "+0, 0", "-0, 0", "0s, 0", "00s, 0",
        "1ns, 1", "1us, 1000", "1\u00b5s, 1000", "1\u03bcs, 1000", "1ms, 1000000",
        "1s, 1000000000", "1m, 60000000000", "1h, 3600000000000",
        "+5s, 5000000000", "-5s, -5000000000",
        "1h30m, 5400000000000", "1m1s1ms1us1ns, 61001001001", "1s1s, 2000000000", "30m1h, 5400000000000",
        "1.5s, 1500000000", ".5s, 500000000", "1.s, 1000000000", "0.000000001s, 1", "1.5ns, 1",
        "0.1h, 360000000000", "-1.5h, -5400000000000",
        "9223372036854775807ns, 9223372036854775807", "2562047h, 9223369200000000000"})
    void readsWhatGoReads(String text, long nanos) {
        assertEquals(Duration.ofNanos(nanos), GoDuration.parse(text));
    }

    @Test
    void readsEveryFractionOfMillisecondsExactly() {
        for (int i = 0; i < 1000; i++) {
            assertEquals(Duration.ofMillis(i), GoDuration.parse(String.format("0.%03ds", i)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', no duration",
        "-, no duration",
        "+, no duration",
        "5, no unit behind 5",
        "1h5, no unit behind 5",
        "1.5, no unit behind 1.5",
        "-1, no unit behind 1",
        "5 s, unknown unit ' s'",
        "5sec, unknown unit 'sec'",
        "5S, unknown unit 'S'",
        "1d, unknown unit 'd'",
        "'5s ', unknown unit 's '",
        "s, not a number: ''",
        "' 5s', not a number: ''",
        "., not a number: '.'",
        ".s, not a number: '.'",
        "1.2.3s, not a number: '1.2.3'",
        "--5s, not a number: ''",
        "+-5s, not a number: ''",
        "\u0661s, not a number: ''",
        "9223372037s, too long a duration",
        "9223372036854775808ns, too long a duration",
        "9999999999999999999s, too long a duration",
        "99999999999999999999s, too long a duration",
        "2562048h, too long a duration",
        "2562047h2562047h, too long a duration",
        "9223372036s1s, too long a duration"})
    void saysWhyAWordIsNoDuration(String text, String message) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, () -> GoDuration.parse(text)).getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0s", "1, 1ms", "999, 999ms", "1000, 1s", "1049, 1s", "1050, 1.1s", "1100, 1.1s", "1999, 2s",
        "59999, 1m0s", "60000, 1m0s", "61500, 1m1.5s", "119999, 2m0s", "120000, 2m0s", "3599999, 1h0m0s",
        "3600000, 1h0m0s", "5400000, 1h30m0s", "86400000, 24h0m0s", "31536000000, 8760h0m0s",
        "-1, -1ms", "-1500, -1.5s", "-3600000, -1h0m0s"})
    void writesAsGoDoesToTheTenthOfASecond(long millis, String text) {
        assertEquals(text, GoDuration.format(Duration.ofMillis(millis)));
    }

    @Test
    void cutsBelowTheMillisecond() {
        assertEquals("0ms", GoDuration.format(Duration.ofNanos(MILLI - 1)));
        assertEquals("1ms", GoDuration.format(Duration.ofNanos(2 * MILLI - 1)));
        assertEquals("999ms", GoDuration.format(Duration.ofNanos(1000 * MILLI - 1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0s", "250ms", "10s", "5m0s", "1m1.5s", "1h30m0s", "24h0m0s", "-1.5s"})
    void readsWhatItWrites(String text) {
        assertEquals(text, GoDuration.format(GoDuration.parse(text)));
    }
}
