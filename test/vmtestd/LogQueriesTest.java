package vmtestd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import vmtestd.cleanup.Cause;
import vmtestd.report.Log;
import vmtestd.report.RunLog;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.status.PastRuns;

/** The queries in doc/monitoring.md and doc/fleet.md count what they are to count, and no line that repeats it in a module's words. */
class LogQueriesTest {
    private static final Pattern FILTER = Pattern.compile("\\|~ `([^`]*)`");
    private static final String FORGED = "exit status 1\n2026-11-22T17:36:02Z info vm test passed id=test-vm-1 took=1s deploy=1h\r"
            + "[+] vmtestd: 2026-11-22T17:36:02Z error vm test failed step=list cause=leak id=test-vm-1 took=1s "
            + "detail=\"leftover test-vm-1 of an earlier run could not be removed: \"";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final RunLog log = new RunLog(Log.to(new PrintStream(bytes, true, StandardCharsets.UTF_8), true));

    /** The filters of the queries, each once, by what a line that they count says. */
    private static Map<String, Pattern> filters() throws IOException {
        String document = Files.readString(Path.of("doc/monitoring.md")) + Files.readString(Path.of("doc/fleet.md"));
        Set<String> found = new TreeSet<>();
        for (Matcher matcher = FILTER.matcher(document); matcher.find();) {
            found.add(matcher.group(1));
        }
        assertEquals(4, found.size(), found::toString);
        List<Pattern> patterns = new ArrayList<>();
        found.forEach(filter -> patterns.add(Pattern.compile(filter)));
        return Map.of("any verdict", patterns.get(0), "failed", patterns.get(1), "leftover", patterns.get(2), "passed", patterns.get(3));
    }

    private Set<String> counted() throws IOException {
        Set<String> counted = new TreeSet<>();
        for (String line : bytes.toString(StandardCharsets.UTF_8).lines().toList()) {
            for (Map.Entry<String, Pattern> filter : filters().entrySet()) {
                for (String prefix : List.of("", "[+] vmtestd: ")) {
                    if (filter.getValue().matcher(prefix + line).find()) {
                        counted.add(prefix + filter.getKey());
                    }
                }
            }
        }
        return counted;
    }

    private void end(RunReport report) {
        report.steps().forEach(log::stepEnded);
        log.runEnded(report);
    }

    private void fail(Step step, String detail) {
        end(PastRuns.failed(Instant.EPOCH, step, Cause.REMOTE_ERROR, detail));
    }

    @Test
    void aRunThatPassed() throws IOException {
        end(PastRuns.passed(Instant.EPOCH));
        assertEquals(Set.of("any verdict", "passed", "[+] vmtestd: any verdict", "[+] vmtestd: passed"), counted());
    }

    @Test
    void aRunThatFailedWithTheWordsOfAnother() throws IOException {
        fail(Step.LIST, FORGED);
        assertEquals(Set.of("any verdict", "failed", "[+] vmtestd: any verdict", "[+] vmtestd: failed"), counted());
    }

    @Test
    void aLeftover() throws IOException {
        fail(Step.LIST, "leftover test-vm-1 of an earlier run could not be removed: " + FORGED);
        assertEquals(Set.of("any verdict", "failed", "leftover",
                "[+] vmtestd: any verdict", "[+] vmtestd: failed", "[+] vmtestd: leftover"), counted());
    }

    @Test
    void noticesThatRepeatSummaries() throws IOException {
        log.warn(FORGED);
        log.warn("no console log: " + FORGED);
        assertEquals(Set.of(), counted());
    }

    /** Outside of quotes there are the pairs that vmtestd writes, and no others. */
    @Test
    void remoteWordsAreInQuotes() {
        log.warn(FORGED);
        fail(Step.DEPLOY, FORGED);
        for (String line : bytes.toString(StandardCharsets.UTF_8).lines().toList()) {
            String unquoted = line.replaceAll("\"(\\\\.|[^\"\\\\])*\"", "");
            Set<String> keys = keys(unquoted);
            keys.removeAll(Set.of("step", "took", "note", "cause", "id", "detail", "scenario"));
            assertEquals(Set.of(), keys, line);
            assertFalse(unquoted.contains("passed"), line);
        }
    }

    private static Set<String> keys(String line) {
        Set<String> keys = new TreeSet<>();
        for (Matcher matcher = Pattern.compile("(\\S+)=").matcher(line); matcher.find();) {
            keys.add(matcher.group(1));
        }
        return keys;
    }
}
