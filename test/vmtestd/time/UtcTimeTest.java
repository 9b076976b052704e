package vmtestd.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UtcTimeTest {
    @ParameterizedTest
    @ValueSource(strings = {"2026-11-22T17:36:02Z", "1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2026-01-02T03:04:05Z",
        "1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2000-02-29T12:00:00Z"})
    void writesWhatItReads(String text) {
        assertEquals(Instant.parse(text), UtcTime.parse(text));
        assertEquals(text, UtcTime.format(UtcTime.parse(text)));
    }

    @Test
    void leavesOutWhatATimeHasOfASecond() {
        assertEquals("2026-11-22T17:36:02Z", UtcTime.format(Instant.parse("2026-11-22T17:36:02.999999999Z")));
        assertEquals("1969-12-31T23:59:59Z", UtcTime.format(Instant.EPOCH.minusNanos(1)));
    }

    /** As the JDK does, for any second of the years 0 to 9999. */
    @Test
    void writesAndReadsAsTheJdkDoes() {
        long first = Instant.parse("0000-01-01T00:00:00Z").getEpochSecond();
        long end = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond() + 1;
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 10_000; i++) {
            Instant time = Instant.ofEpochSecond(random.nextLong(first, end), random.nextInt(1_000_000_000));
            String text = time.truncatedTo(ChronoUnit.SECONDS).toString();
            assertEquals(text, UtcTime.format(time));
            assertEquals(time.truncatedTo(ChronoUnit.SECONDS), UtcTime.parse(text));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "now", "2026-11-22", "2026-11-22T17:36:02", "2026-11-22T17:36Z", "2026-11-22 17:36:02Z",
        "2026-11-22T17:36:02.5Z", "2026-11-22T17:36:02+01:00", "+2026-11-22T17:36:02Z", "12026-11-22T17:36:02Z",
        "2026-11-22T17:36:02Z ", "2026-11-22T17:36:02Z\n", "2026-1-22T17:36:02Z", "2026-11-22T1\u0667:36:02Z",
        "2026-00-22T17:36:02Z", "2026-13-22T17:36:02Z", "2026-11-00T17:36:02Z", "2026-11-31T17:36:02Z",
        "2026-02-29T17:36:02Z", "2026-11-22T24:00:00Z", "2026-11-22T17:60:02Z", "2026-11-22T17:36:60Z"})
    void refusesWhatIsNone(String text) {
        assertThrows(DateTimeException.class, () -> UtcTime.parse(text));
    }
}
