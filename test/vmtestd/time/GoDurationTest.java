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
        "0, 0", "0s, 0", "00s, 0",
        "1ms, 1", "1s, 1000", "1m, 60000", "1h, 3600000",
        "1h30m, 5400000", "1m1s1ms, 61001", "1s1s, 2000", "30m1h, 5400000",
        "1.5s, 1500", ".5s, 500", "1.s, 1000", "0.0004s, 0", "0.0005s, 1",
        "0.1h, 360000", "1.5h, 5400000", "2562047h, 9223369200000"})
    void readsWhatGoReads(String text, long millis) {
        assertEquals(Duration.ofMillis(millis), GoDuration.parse(text));
    }

    @Test
    void readsEveryFractionOfMillisecondsExactly() {
        for (int i = 0; i < 1000; i++) {
            assertEquals(Duration.ofMillis(i), GoDuration.parse(String.format("0.%03ds", i)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "+", "-5s", "+5s", "-0", "5", "1h5", "1.5", "-1", "00", "5 s", "5sec", "5S", "1d", "5s ", "s", " 5s", ".", ".s",
        "1.2.3s", "--5s", "+-5s", "\u0661s", "1us", "1ns", "1e3s", "5sx5s"})
    void refusesWhatIsNotADuration(String text) {
        assertEquals("not a duration", assertThrows(IllegalArgumentException.class, () -> GoDuration.parse(text)).getMessage());
    }

    /** For a caller, who compares it with a maximum. */
    @Test
    void theLongestIsAsLongAsALong() {
        assertEquals(Duration.ofMillis(Long.MAX_VALUE), GoDuration.parse("9999999999999999999999h"));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0s", "1, 1ms", "999, 999ms", "1000, 1s", "1049, 1s", "1050, 1.1s", "1100, 1.1s", "1999, 2s",
        "59999, 1m0s", "60000, 1m0s", "61500, 1m1.5s", "119999, 2m0s", "120000, 2m0s", "3599999, 1h0m0s",
        "3600000, 1h0m0s", "5400000, 1h30m0s", "86400000, 24h0m0s", "31536000000, 8760h0m0s"})
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
    @ValueSource(strings = {"0s", "250ms", "10s", "5m0s", "1m1.5s", "1h30m0s", "24h0m0s"})
    void readsWhatItWrites(String text) {
        assertEquals(text, GoDuration.format(GoDuration.parse(text)));
    }
}
