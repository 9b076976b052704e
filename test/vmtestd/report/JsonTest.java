package vmtestd.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import vmtestd.cleanup.Cause;
import vmtestd.status.JsonReader;

class JsonTest {
    @Test
    void writesObjectsAndListsInTheirOrder() {
        assertEquals("{\"none\":{},\"list\":[1,true,null,\"x\",0.5,[],[2],{\"a\":\"b\"},{}],\"last\":false}", Json.of(Json.object("none", Map.of(),
                "list", Arrays.asList(1, true, null, "x", 0.5, List.of(), List.of(2), Map.of("a", "b"), Json.object()), "last", false)));
        assertEquals("{\"nothing\":null,\"step\":\"vm-died\"}", Json.of(Json.object("nothing", null, "step", Cause.VM_DIED)));
    }

    @ParameterizedTest
    @CsvSource({
        "'', ''", "plain, plain", "a\"b, a\\\"b", "a\\b, a\\\\b", "a/b, a/b", "'a\nb', a\\u000ab", "'a\r\tb', a\\u000d\\u0009b",
        "a\bb\fc, a\\u0008b\\u000cc", "a\0b, a\\u0000b", "x\u001b[31m, x\\u001b[31m", "a\u007fb, a\\u007fb",
        "gr\u00fc\u00dfe \u4e16, gr\u00fc\u00dfe \u4e16", "\ud83d\ude00, \\ud83d\\ude00", "a\ud83d, a\\ud83d", "\ude00b, \\ude00b"})
    void escapesWhatMayNotStandInAString(String text, String written) {
        assertEquals("\"" + written + "\"", Json.of(text));
        assertEquals("{\"" + written + "\":0}", Json.of(Map.of(text, 0)));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0", "-0.0, 0", "1, 1", "-2, -2", "1.5, 1.5", "-0.25, -0.25", "0.001, 0.001", "0.0001, 1.0E-4", "1763832962, 1763832962",
        "999999999999999, 999999999999999", "1e15, 1.0E15", "1e300, 1.0E300", "0.1, 0.1"})
    void writesWholeNumbersWithoutAPoint(double number, String written) {
        assertEquals(written, Json.of(number));
        assertEquals(number + 0.0, JsonReader.parse(written));
    }

    @Test
    void writesLongsWhole() {
        assertEquals("[9223372036854775807,-9223372036854775808]",
                Json.of(List.of(Long.MAX_VALUE, Long.MIN_VALUE)));
    }

    @ParameterizedTest
    @CsvSource({"PT0S, 0", "PT0.001S, 0.001", "PT0.0019999S, 0.001", "PT14.2S, 14.2", "PT5M, 300", "PT8760H, 31536000"})
    void writesDurationsAsSecondsToTheMillisecond(Duration span, String written) {
        assertEquals(written, Json.of(span));
    }

    @Test
    void writesTimesToTheSecond() {
        assertEquals("\"2026-11-22T17:36:02Z\"", Json.of(Instant.parse("2026-11-22T17:36:02.999Z")));
        assertEquals("\"2026-11-22T17:36:00Z\"", Json.of(Instant.parse("2026-11-22T17:36:00Z")));
    }

    @Test
    void writesEveryCharacterSuchThatItIsReadAgainFromOneLine() {
        StringBuilder all = new StringBuilder();
        for (int c = 0; c <= Character.MAX_VALUE; c++) {
            all.append((char) c);
        }
        String written = Json.of(all.toString());
        assertTrue(written.chars().noneMatch(c -> c < ' ' || c == 0x7f || Character.isSurrogate((char) c)));
        assertEquals(all.toString(), JsonReader.parse(written));
    }

    @Test
    void writesWhatIsReadAgain() {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("", "empty name");
        object.put("list", List.of(1.0, "two", true, false, List.of(), Map.of()));
        object.put("nothing", null);
        assertEquals(object, JsonReader.parse(Json.of(object)));
    }
}
