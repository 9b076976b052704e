package vmtestd.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogLineTest {
    @Test
    void isItsWordsThenItsPairs() {
        assertEquals("vm deployed", new LogLine("vm deployed").toString());
        assertEquals("vm deployed id=test-vm-1 took=1m2.5s n=3 verdict=true", new LogLine("vm deployed")
                .with("id", "test-vm-1").with("took", Duration.ofMillis(62_500)).with("n", 3).with("verdict", true).toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "plain | plain", "/a/b:c,d | /a/b:c,d", "`` | \"\"", "two words | \"two words\"", "a=b | \"a=b\"",
        "say \"x\" | \"say \\\"x\\\"\"", "\" | \"\\\"\"", "c:\\x | \"c:\\\\x\"", "`a\nb` | \"a\\nb\"", "`a\tb` | \"a\\tb\"",
        "gr\u00fcn | gr\u00fcn", "\u202ex | \\u202ex"})
    void quotesAValueThatIsNotOnePlainWord(String value, String shown) {
        assertEquals("w k=" + shown, new LogLine("w").with("k", value).toString());
    }

    /** Text from a guest or module must not look like a pair or line of vmtestd. */
    @Test
    void keepsAForgedPairInsideItsQuotes() {
        assertEquals("w k=\"x\\\" verdict=\\\"good\\n2026-11-22T17:36:02Z info all is well\"",
                new LogLine("w").with("k", "x\" verdict=\"good\n2026-11-22T17:36:02Z info all is well").toString());
    }

    @Test
    void cutsALongValueAndStillClosesItsQuotes() {
        assertEquals("w k=\"a " + "x".repeat(LogText.MAX - 2) + "...\" l=1",
                new LogLine("w").with("k", "a " + "x".repeat(9000)).with("l", 1).toString());
    }

    @Test
    void showsNoQueriesOfUrlsWhateverIsEscaped() {
        assertEquals("w k=https://hub/a?... l=\"{\\\"url\\\":\\\"https://hub/a?...\\\"} x\"", new LogLine("w").with("k", "https://hub/a?token=x")
                .with("l", "{\"url\":\"https://hub/a?x=1\\u0026token=x\"} x").toString());
    }

    @Test
    void quotesAWarningThatCouldBeTakenForAPair() {
        assertEquals("removed leftover test-vm-1: it's gone", LogLine.warn("removed leftover test-vm-1: it's gone"));
        assertEquals("notice detail=\"vmd said id=1\"", LogLine.warn("vmd said id=1"));
        assertEquals("notice detail=\"vmd said \\\"x\\\"\"", LogLine.warn("vmd said \"x\""));
    }
}
