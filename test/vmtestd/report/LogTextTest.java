package vmtestd.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogTextTest {
    @ParameterizedTest
    @CsvSource({
        "'', ''", "'plain words, \"quoted\" \\ ', 'plain words, \"quoted\" \\ '",
        "'a\nb\r\nc\td', a\\nb\\r\\nc\\td", "x\u001b[31mred\u001b[0m, x\\u001b[31mred\\u001b[0m",
        "a\0b, a\\u0000b", "a\bb\u007fc, a\\u0008b\\u007fc", "\u009b31m, \\u009b31m", "a\u0085b, a\\u0085b",
        "a\u2028b\u2029c, a\\u2028b\\u2029c", "\u202eabc\u2066, \\u202eabc\\u2066", "a\u200bb\ufeff, a\\u200bb\\ufeff",
        "gr\u00fc\u00dfe \u4e16 \ud83d\ude00, gr\u00fc\u00dfe \u4e16 \ud83d\ude00"})
    void escapesWhatCouldBeginALineOrControlATerminal(String text, String line) {
        assertEquals(line, LogText.of(text));
    }

    @Test
    void cutsALongText() {
        String longest = "x".repeat(LogText.MAX);
        assertEquals(longest, LogText.of(longest));
        assertEquals(longest + "...", LogText.of(longest + "y"));
        assertEquals(longest + "...", LogText.of("x".repeat(1_000_000)));
        assertEquals("ab...", LogText.of("abc", 2));
    }

    @Test
    void countsEscapesAsTheyAreShown() {
        assertEquals("\\u0001".repeat(341), LogText.of("\u0001".repeat(341)));
        assertEquals("\\n".repeat(1024) + "...", LogText.of("\n".repeat(1025)));
    }

    /** Nine characters leave room for one; an escape has six. */
    @Test
    void keepsItsBoundIfAnEscapeComesLast() {
        String line = LogText.of("x".repeat(9) + "\u0001y", 10);
        assertTrue(line.length() <= 10 + "...".length(), line);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "https://hub/a.flist?token=x | https://hub/a.flist?...",
        "https://hub?token=x | https://hub?...",
        "https://me:pass@hub/a.flist?mail=me@x&token=x#part | https://***@hub/a.flist?...",
        "https://hub/a?t=x?y/z=1,2;3'(4)5 6 | https://hub/a?... 6",
        "Get \"https://hub/a?token=x\": no such host | Get \"https://hub/a?...\": no such host",
        "Get 'https://hub/a?token=x': no such host | Get 'https://hub/a?...': no such host",
        "fetching https://hub/a?token=x: 404, (https://hub/b?c), /a?b=c. | fetching https://hub/a?...: 404, (https://hub/b?...), /a?...",
        "{\"url\":\"http://h/a?x=1\\u0026token=x\",\"b\":1} | {\"url\":\"http://h/a?...\",\"b\":1}",
        "a\\\"http://h/a?b\\\" c | a\\\"http://h/a?...\\\" c",
        "http://h/\u4e16?\u4e16\u754c x | http://h/\u4e16?... x",
        "is it so? and/or? (x/y?) what?no | is it so? and/or? (x/y?) what?no",
        "https://hub/a?... and 'https://hub/b?...': c | https://hub/a?... and 'https://hub/b?...': c"})
    void showsNoPasswordsAndQueriesOfUrls(String text, String line) {
        assertEquals(line, LogText.of(text));
        assertEquals(line, LogText.of(line));
    }
}
