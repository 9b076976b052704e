package vmtestd.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    @ParameterizedTest
    @CsvSource({"SEVERE, error", "WARNING, warn", "INFO, info", "CONFIG, debug", "FINE, debug", "FINEST, debug"})
    void namesLevelsAsVectorExpects(String level, String name) {
        log(true, record(Level.parse(level), "vm deployed id=x"));
        assertEquals("2026-11-22T17:36:02Z " + name + " vm deployed id=x\n", written());
    }

    @Test
    void writesNothingBelowInfoWithoutDebug() {
        Logger logger = Log.to(out, false);
        logger.fine("one");
        logger.config("two");
        assertEquals("", written());
        logger.info("three");
        assertTrue(written().matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ info three\n"), written());
    }

    @Test
    void writesOneLineForARecordWhateverIsInIt() {
        log(false, record(Level.INFO, "a\nb\r\u001b[2J\u2028c"));
        assertEquals("2026-11-22T17:36:02Z info a\\nb\\r\\u001b[2J\\u2028c\n", written());
    }

    @Test
    void doesNotTakeBracesForParameters() {
        log(false, record(Level.INFO, "flist {0} it's '{1}'"));
        assertEquals("2026-11-22T17:36:02Z info flist {0} it's '{1}'\n", written());
    }

    @Test
    void addsWhatWasThrownAsAPair() {
        LogRecord record = record(Level.SEVERE, "run failed");
        record.setThrown(new IOException("disk \"x\"\nfull"));
        log(false, record);
        assertEquals("2026-11-22T17:36:02Z error run failed error=\"java.io.IOException: disk \\\"x\\\"\\nfull\"\n", written());
    }

    @Test
    void cutsALineThatIsFarTooLong() {
        log(false, record(Level.INFO, "x".repeat(100_000)));
        assertEquals("2026-11-22T17:36:02Z info " + "x".repeat(4 * LogText.MAX) + "...\n", written());
    }

    /** It may be called in the middle of a run, whose cleanup must follow. */
    @Test
    void throwsNothing() {
        LogRecord record = record(Level.INFO, "words");
        record.setThrown(new IOException() {
            @Override
            public String toString() {
                throw new StackOverflowError();
            }
        });
        log(false, record, record(Level.INFO, "next"));
        assertEquals("2026-11-22T17:36:02Z info next\n", written());
    }

    @Test
    void writesLinesInTheOrderOfTheirRecords() {
        log(false, record(Level.INFO, "1"), record(Level.WARNING, "2"));
        assertEquals("2026-11-22T17:36:02Z info 1\n2026-11-22T17:36:02Z warn 2\n", written());
    }

    /** A named logger loses its handlers at shutdown, and is shared by all who know its name. */
    @Test
    void belongsToNobodyElse() {
        Logger logger = Log.to(out, false);
        assertNull(logger.getName());
        assertFalse(logger.getUseParentHandlers());
        Log.to(new PrintStream(new ByteArrayOutputStream()), false).info("elsewhere");
        assertEquals("", written());
    }

    private void log(boolean debug, LogRecord... records) {
        Logger logger = Log.to(out, debug);
        for (LogRecord record : records) {
            logger.log(record);
        }
    }

    private static LogRecord record(Level level, String message) {
        LogRecord record = new LogRecord(level, message);
        record.setInstant(Instant.parse("2026-11-22T17:36:02.999999999Z"));
        return record;
    }

    private String written() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
