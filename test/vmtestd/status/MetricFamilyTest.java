package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetricFamilyTest {
    private final MetricFamily counter = MetricFamily.counter("runs_total", "Runs.").with("result=\"a\"").with("result=\"b\"");
    private final MetricFamily gauge = MetricFamily.gauge("left", "What is left.").with("");
    private final MetricFamily histogram = MetricFamily.histogram("took_seconds", "How long.", 0.5, 1, 10).with("");

    @Test
    void isThereFromTheStart() {
        assertEquals("""
                # HELP runs_total Runs.
                # TYPE runs_total counter
                runs_total{result="a"} 0
                runs_total{result="b"} 0
                """, text(counter));
        assertEquals("""
                # HELP left What is left.
                # TYPE left gauge
                left 0
                """, text(gauge));
        assertEquals("""
                # HELP took_seconds How long.
                # TYPE took_seconds histogram
                took_seconds_bucket{le="0.5"} 0
                took_seconds_bucket{le="1"} 0
                took_seconds_bucket{le="10"} 0
                took_seconds_bucket{le="+Inf"} 0
                took_seconds_sum 0
                took_seconds_count 0
                """, text(histogram));
    }

    @Test
    void countsEachSeriesByItself() {
        counter.add("result=\"a\"", 1);
        counter.add("result=\"b\"", 2);
        counter.add("result=\"b\"", 3);
        assertEquals(1, counter.get("result=\"a\""));
        assertEquals(5, counter.get("result=\"b\""));
        gauge.set("", 7);
        gauge.set("", 4);
        assertEquals(4, gauge.get(""));
    }

    @Test
    void countsAValueInEachBucketThatHoldsIt() {
        for (double value : new double[] {0.5, 0.500001, 1, 10, 11, 0}) {
            histogram.observe("", value);
        }
        assertEquals("""
                # HELP took_seconds How long.
                # TYPE took_seconds histogram
                took_seconds_bucket{le="0.5"} 2
                took_seconds_bucket{le="1"} 4
                took_seconds_bucket{le="10"} 5
                took_seconds_bucket{le="+Inf"} 6
                took_seconds_sum 23.000001
                took_seconds_count 6
                """, text(histogram));
    }

    @Test
    void hasTheBucketBehindOtherLabels() {
        MetricFamily steps = MetricFamily.histogram("step_seconds", "Steps.", 1).with("step=\"a\"").with("step=\"b\"");
        steps.observe("step=\"b\"", 0.25);
        assertEquals("""
                # HELP step_seconds Steps.
                # TYPE step_seconds histogram
                step_seconds_bucket{step="a",le="1"} 0
                step_seconds_bucket{step="a",le="+Inf"} 0
                step_seconds_sum{step="a"} 0
                step_seconds_count{step="a"} 0
                step_seconds_bucket{step="b",le="1"} 1
                step_seconds_bucket{step="b",le="+Inf"} 1
                step_seconds_sum{step="b"} 0.25
                step_seconds_count{step="b"} 1
                """, text(steps));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0", "-3, -3", "1.5, 1.5", "1e14, 100000000000000", "1e15, 1.0E15", "0.00001, 1.0E-5", "NaN, NaN",
        "1763832962.25, 1.76383296225E9"})
    void isWrittenAsGoReadsIt(double value, String written) {
        gauge.set("", value);
        assertTrue(text(gauge).endsWith("\nleft " + written + "\n"), text(gauge));
    }

    @Test
    void hasNoSeriesThatWasNotThereFromTheStart() {
        assertEquals("no series runs_total{result=\"c\"}",
                assertThrows(IllegalArgumentException.class, () -> counter.add("result=\"c\"", 1)).getMessage());
        assertEquals("no series left{a=\"b\"}", assertThrows(IllegalArgumentException.class, () -> gauge.set("a=\"b\"", 1)).getMessage());
        assertEquals("no series took_seconds_bucket{a=\"b\",le=\"+Inf\"}",
                assertThrows(IllegalArgumentException.class, () -> histogram.observe("a=\"b\"", 11)).getMessage());
        assertFalse(text(counter).contains("\"c\""));
    }

    @Test
    void goesOnFromWhatWasSaved() {
        assertTrue(counter.resume(Map.of("runs_total{result=\"a\"}", 5.0, "runs_total{result=\"b\"}", 0.0, "other", 9.0)));
        counter.add("result=\"a\"", 1);
        assertEquals(6, counter.get("result=\"a\""));
        assertEquals(0, counter.get("result=\"b\""));
        assertFalse(text(counter).contains("other"));
    }

    @Test
    void goesOnWithAllOrNothing() {
        counter.add("result=\"a\"", 3);
        assertFalse(counter.resume(Map.of("runs_total{result=\"a\"}", 5.0)));
        assertEquals(3, counter.get("result=\"a\""));
        Map<String, Double> saved = new HashMap<>();
        for (String series : List.of("bucket{le=\"0.5\"}", "bucket{le=\"1\"}", "bucket{le=\"10\"}", "bucket{le=\"+Inf\"}", "sum",
                "count")) {
            assertFalse(histogram.resume(saved), "without " + series);
            saved.put("took_seconds_" + series, 2.0);
        }
        assertTrue(histogram.resume(saved));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, -0.001, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void doesNotCountOnFromAnImpossibleNumber(double value) {
        assertFalse(counter.resume(Map.of("runs_total{result=\"a\"}", 5.0, "runs_total{result=\"b\"}", value)));
        assertEquals(0, counter.get("result=\"a\""));
        assertFalse(histogram.resume(Map.of("took_seconds_bucket{le=\"0.5\"}", 1.0, "took_seconds_bucket{le=\"1\"}", 1.0,
                "took_seconds_bucket{le=\"10\"}", 1.0, "took_seconds_bucket{le=\"+Inf\"}", 1.0, "took_seconds_sum", value,
                "took_seconds_count", 1.0)));
    }

    private static String text(MetricFamily family) {
        StringBuilder text = new StringBuilder();
        family.writeTo(text);
        return text.toString();
    }
}
