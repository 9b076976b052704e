package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static vmtestd.status.HistoryTest.empty;
import static vmtestd.status.HistoryTest.ended;
import static vmtestd.status.HistoryTest.failed;
import static vmtestd.status.HistoryTest.interrupted;
import static vmtestd.status.HistoryTest.passed;
import static vmtestd.status.HistoryTest.started;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.run.Failure;
import vmtestd.run.Step;

/** The words of the page. How it looks is shown by {@code make test-browser}. */
class StatusPageTest {
    @Test
    void beginsWithTheState() {
        assertContains(page(ended(passed(0), passed(1))), "<title>vmtestd: healthy</title>",
                "<div class=\"state healthy\"><h1>healthy since 2026-11-22T00:00:00Z: 2 runs in a row passed</h1>\n<p>Last run 4m45s ago, passed");
        assertContains(page(ended(failed(0))), "<h1>failing since 2026-11-22T00:00:00Z: 1 run failed</h1>");
        assertContains(page(empty()), "<h1>unknown: no run has ended with a verdict yet</h1>\n</div>");
        assertContains(page(ended(passed(0)).runStarted(started(1))), "<p>A run is in progress since 2026-11-22T00:05:00Z.</p>");
    }

    @Test
    void saysWhatPreventsRuns() {
        assertContains(StatusPage.of(new Status(empty(), started(0)), "--root <x> & y"), "vmtestd itself cannot run: --root &lt;x&gt; &amp; y</p>");
    }

    @Test
    void hasACellForEachRun() {
        String page = page(ended(passed(0), failed(1), interrupted(2)));
        assertContains(page, "<div class=strip><span class=p title=\"test-vm-1795305600, 2026-11-22T00:00:00Z, passed\">\u00b7</span>"
                + "<span class=f title=\"test-vm-1795305900, 2026-11-22T00:05:00Z, deploy remote-error\">F</span>"
                + "<span title=\"test-vm-1795306200, 2026-11-22T00:10:00Z, interrupted\">i</span></div>");
    }

    /** In a drawing 100 high: the longest passed run took 20 s, of them mount 10 and deploy 5; the failed one is cut at its top. */
    @Test
    void drawsDurationsByStep() {
        Map<Step, Duration> steps = new EnumMap<>(Map.of(Step.MOUNT, Duration.ofSeconds(10), Step.DEPLOY, Duration.ofSeconds(5)));
        HistoryEntry passed = new HistoryEntry("a", Scenario.BOOT, started(0), Duration.ofSeconds(20), Result.PASSED, null, steps, "", "", "");
        HistoryEntry failed = new HistoryEntry("b", Scenario.BOOT, started(1), Duration.ofHours(1), Result.FAILED, new Failure(Step.DEPLOY, Cause.TIMEOUT, ""),
                Map.of(Step.MOUNT, Duration.ofSeconds(1)), "", "", "");
        assertContains(page(ended(passed, failed)), "<path class=c0 d=\"M4 100V50M12 100V95\"/>", "<path class=c1 d=\"M4 50V25\"/>",
                "<path class=c5 d=\"M4 25V0M12 95V0\"/>", "Full height is 20s, the longest run that passed.");
    }

    @Test
    void drawsEachDay() {
        String page = page(ended(passed(0), passed(1), failed(2)));
        assertContains(page, "<p>24 h 66.6 %, 7 d 66.6 %, 30 d 66.6 %</p>",
                "<g><title>2026-11-22: 2 passed, 1 failed</title><path class=p d=\"M716 100V33\"/><path class=f d=\"M716 33V0\"/></g></svg>");
        assertFalse(page(ended(interrupted(0))).contains("<title>2026"), "a day without a verdict");
    }

    @Test
    void explainsTheLastFailures() {
        String page = page(ended(failed(0, Step.MOUNT, Cause.REMOTE_ERROR, "first"),
                withConsoles(failed(1, Step.BOOT, Cause.NO_BOOT, "<b>\"no\" init & more</b>"), "a < b\n\"c\"", "log")));
        assertContains(page, "<article><b>boot: no-boot</b>, 2026-11-22T00:05:00Z, test-vm-1795305900\n"
                + "<p>&lt;b&gt;&quot;no&quot; init &amp; more&lt;/b&gt;</p>\n<p class=dim>The VM was started, but its guest did not boot. Try: ",
                "<p>The guest's console ends:</p>\n<pre>a &lt; b\n&quot;c&quot;\n</pre>", "<p>The hypervisor's log ends:</p>\n<pre>log\n</pre>");
        assertTrue(page.indexOf("boot: no-boot") < page.indexOf("mount: remote-error"), page);
    }

    @Test
    void hasNoScriptAndNothingFromElsewhere() {
        assertFalse(page(full("x")).matches("(?s).*(<script|<img|<link|<iframe|@import|url\\(|src=|http:|https:).*"));
        assertContains(page(empty()), "<meta http-equiv=\"refresh\"", "<a href=metrics>", "<a href=status>", "<a href=health>");
    }

    /** Whatever is in a full history: markup, long words, characters of four bytes. */
    @ParameterizedTest
    @ValueSource(strings = {"x", "&", "\"", "<script>alert(1)</script>\n", "\u20ac", "\ud83d\ude00", "&\ud83d\ude00"})
    void isBoundedAndEscaped(String text) {
        String page = page(full(text));
        int bytes = page.getBytes(StandardCharsets.UTF_8).length;
        assertTrue(bytes <= 40_000, bytes + " bytes");
        assertEquals(page, new String(page.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8), "no half characters");
        assertFalse(page.contains("<script"), page);
        assertEquals(List.of(), List.of(page.replaceAll("(?s)&(amp|lt|gt|quot);", "").replaceAll("(?s)[^&]", "")).stream().filter(left -> !left.isEmpty()).toList());
    }

    /** A history of 90 days with 100 runs and 20 failures, each as long as it can be. */
    private static History full(String text) {
        History history = empty();
        for (int day = 0; day < 100; day++) {
            for (int run = 0; run < 3; run++) {
                int number = day * 288 + run;
                // Only the last 20 failures are kept.
                String kept = day < 80 ? "" : text;
                history = ended(history, run == 0 ? withConsoles(failed(number, Step.UNMOUNT, Cause.PROTOCOL_ERROR, text.repeat(500)),
                        kept.repeat(4096), kept.repeat(4096)) : allSteps(passed(number)));
            }
        }
        return history;
    }

    private static HistoryEntry allSteps(HistoryEntry run) {
        Map<Step, Duration> steps = new EnumMap<>(Step.class);
        for (Step step : Step.values()) {
            steps.put(step, Duration.ofMillis(1420));
        }
        return new HistoryEntry("x".repeat(49) + run.id().substring(8), Scenario.BOOT, run.started(), run.took(), run.result(), null, steps, "", "", "");
    }

    private static HistoryEntry withConsoles(HistoryEntry run, String guest, String console) {
        return new HistoryEntry(run.id(), run.scenario(), run.started(), run.took(), run.result(), run.failure(), run.steps(), guest, console, "");
    }

    private static String page(History history) {
        HistoryEntry last = history.lastRun();
        return StatusPage.of(new Status(history, last == null ? started(0) : last.started().plusSeconds(300)), "");
    }

    private static void assertContains(String page, String... parts) {
        for (String part : parts) {
            assertTrue(page.contains(part), () -> part + " is not in " + page);
        }
    }
}
