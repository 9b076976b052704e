package vmtestd.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OneLineTest {
    @ParameterizedTest
    @CsvSource({
        "'', ''", "'plain words, \"quoted\" \\ ', 'plain words, \"quoted\" \\ '",
        "'a\nb\r\nc\td', a\\nb\\r\\nc\\td", "x\u001b[31mred\u001b[0m, x\\u001b[31mred\\u001b[0m",
        "a\0b, a\\u0000b", "a\bb\u007fc, a\\u0008b\\u007fc", "\u009b31m, \\u009b31m", "a\u0085b, a\\u0085b",
        "a\u2028b\u2029c, a\\u2028b\\u2029c", "\u202eabc\u2066, \\u202eabc\\u2066", "a\u200bb\ufeff, a\\u200bb\\ufeff",
        "gr\u00fc\u00dfe \u4e16 \ud83d\ude00, gr\u00fc\u00dfe \u4e16 \ud83d\ude00"})
    void escapesWhatCouldBeginALineOrCommandATerminal(String text, String line) {
        assertEquals(line, OneLine.of(text));
    }

    @Test
    void cutsALongText() {
        String longest = "x".repeat(OneLine.MAX);
        assertEquals(longest, OneLine.of(longest));
        assertEquals(longest + "...", OneLine.of(longest + "y"));
        assertEquals(longest + "...", OneLine.of("x".repeat(1_000_000)));
        assertEquals("ab...", OneLine.of("abc", 2));
    }

    @Test
    void countsEscapesAsTheyAreShown() {
        assertEquals("\\u0001".repeat(341), OneLine.of("\u0001".repeat(341)));
        assertEquals("\\n".repeat(1024) + "...", OneLine.of("\n".repeat(1025)));
    }

    /** Nine characters leave room for one, and an escape has six. */
    @Test
    void showsNoMoreThanItsBoundWhereAnEscapeComesLast() {
        String line = OneLine.of("x".repeat(9) + "\u0001y", 10);
        assertTrue(line.length() <= 10 + "...".length(), line);
    }
}
