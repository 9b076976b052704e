package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationStatsTest {
    /** Of the durations 1 s, 2 s ... count. The 95th percentile is by nearest rank: one of the durations. */
    @ParameterizedTest
    @CsvSource({
        "1, 1000, 1", "2, 1500, 2", "3, 2000, 3", "4, 2500, 4", "10, 5500, 10", "19, 10000, 19", "20, 10500, 19", "21, 11000, 20",
        "39, 20000, 38", "40, 20500, 38", "41, 21000, 39", "99, 50000, 95", "100, 50500, 95"})
    void isFoundInAnyOrder(int count, long median, long p95) {
        List<Duration> spans = new ArrayList<>(IntStream.rangeClosed(1, count).mapToObj(Duration::ofSeconds).toList());
        DurationStats expected = new DurationStats(count, Duration.ofSeconds(1), Duration.ofMillis(median),
                Duration.ofSeconds(p95), Duration.ofSeconds(count));
        assertEquals(expected, DurationStats.of(spans.stream()));
        Collections.shuffle(spans, new Random(7));
        assertEquals(expected, DurationStats.of(spans.stream()));
    }

    @Test
    void isOneValueIfAllAreEqual() {
        Duration span = Duration.ofMillis(1234);
        assertEquals(new DurationStats(7, span, span, span, span), DurationStats.of(Collections.nCopies(7, span).stream()));
    }

    @Test
    void isNothingOfNothing() {
        assertNull(DurationStats.of(Stream.empty()));
    }
}
