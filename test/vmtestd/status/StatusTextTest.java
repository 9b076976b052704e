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
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Scenario;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.report.LogText;
import vmtestd.report.Style;
import vmtestd.run.Failure;
import vmtestd.run.Step;
import vmtestd.status.History.Streak;

class StatusTextTest {
    private static final int WIDTH = 80;
    private static final Style COLOURED = new Style(true);

    @Test
    void showsTheStateOfANode() {
        assertEquals("""
                state     healthy since 2026-11-22T03:00:00Z: 4 runs in a row passed
                last run  4m45s ago, passed, took 14.2s, boot not observed
                success   84 %: 33 of the last 39 runs passed, and 1 interrupted
                          24 h 84.6 %   7 d 84.6 %   30 d 84.6 %
                runs      .FF.......i.........FF...F....  . pass, F fail, i stop; newest last

                step        runs        min     median        p95        max
                connect       40        2ms        2ms        2ms        2ms
                list          39        3ms        3ms        3ms        3ms
                mount         33       1.1s       1.1s       1.1s       1.1s
                wait          33        10s        10s        10s        10s
                whole run     33      14.2s      14.2s      14.2s      14.2s

                last failures, newest first
                2026-11-22T02:55:00Z  connect  unreachable
                          test-vm-1795316100: unix:///var/run/redis.sock: Connection refused; is
                          there a Redis server? zinit status redis tells, and zinit log redis
                          what it says; vmtestd goes on with its next run, and asks again bef...
                2026-11-22T02:35:00Z  unmount  leak
                          test-vm-1795314900: still mounted
                2026-11-22T02:30:00Z  verify  vm-died
                          test-vm-1795314600: the VM does not live
                2026-11-22T01:00:00Z  deploy  remote-error
                          test-vm-1795309200: vmd.Run: no space left on device
                2026-11-22T00:55:00Z  deploy  remote-error
                          test-vm-1795308900: vmd.Run: no space left on device
                """, plain(fortyRuns(), started(40)));
    }

    @Test
    void saysSinceWhenANodeIsFailing() {
        assertEquals("""
                state     failing since 2026-11-22T00:05:00Z: 2 runs in a row failed
                last run  2m58s ago, failed at mount (timeout), took 1.3s
                running   a run began 58s ago
                success   33 %: 1 of the last 3 runs passed
                          24 h 33.3 %   7 d 33.3 %   30 d 33.3 %
                runs      .FF  . pass, F fail, i stop; newest last

                step        runs        min     median        p95        max
                connect        3        2ms        2ms        2ms        2ms
                list           3        3ms        3ms        3ms        3ms
                mount          1       1.1s       1.1s       1.1s       1.1s
                wait           1        10s        10s        10s        10s
                whole run      1      14.2s      14.2s      14.2s      14.2s

                last failures, newest first
                2026-11-22T00:10:00Z  mount  timeout
                          test-vm-1795306200: flist is not running
                2026-11-22T00:05:00Z  deploy  remote-error
                          test-vm-1795305900: vmd.Run: no space left on device
                """, plain(ended(passed(0), failed(1), failed(2, Step.MOUNT, Cause.TIMEOUT, "flist is not running")).runStarted(started(2).plusSeconds(122)),
                started(2).plusSeconds(180)));
    }

    @Test
    void saysThatThereIsNothingToTell() {
        assertEquals("state     unknown: no run has ended with a verdict yet\n", plain(empty(), started(0)));
        assertEquals("""
                state     unknown: no run has ended with a verdict yet
                running   a run began 1m0s ago
                """, plain(empty().runStarted(started(0)), started(0).plusSeconds(60)));
        assertEquals("""
                state     unknown: no run has ended with a verdict yet
                last run  4m55s ago, interrupted at wait, took 5s
                runs      i  . pass, F fail, i stop; newest last

                step        runs        min     median        p95        max
                connect        1        2ms        2ms        2ms        2ms
                """, plain(ended(interrupted(0)), started(1)));
    }

    @Test
    void saysWhenTheLastRunWasThatShouldNotBeTheLast() {
        assertEquals("""
                state     stale: last run 2026-11-22T00:00:14Z, due every 5m0s
                last run  5h4m45s ago, passed, took 14.2s, boot not observed
                success   100 %: 1 of the last 1 run passed
                """, head(3, plain(ended(passed(0)), started(61))));
        assertEquals("""
                state     stale: last run 2026-11-22T00:00:14Z, due every 5m0s
                last run  in the future, passed, took 14.2s, boot not observed
                """, head(2, plain(ended(passed(0)), started(0).minusSeconds(3600))));
        assertEquals("""
                state     stale: last run 2026-11-22T00:00:14Z, due every 5m0s
                last run  2h4m45s ago, passed, took 14.2s, boot not observed
                running   a run began 2h0m0s ago
                """, head(3, plain(ended(passed(0)).runStarted(started(1)), started(25))));
    }

    @Test
    void omitsDurationsIfNoRunPassed() {
        Failure failure = new Failure(Step.CONNECT, Cause.UNREACHABLE, "refused");
        assertEquals("""
                state     failing since 2026-11-22T00:00:00Z: 1 run failed
                last run  5m0s ago, failed at connect (unreachable), took 0s
                success   0 %: 0 of the last 1 run passed
                          24 h 0 %   7 d 0 %   30 d 0 %
                runs      F  . pass, F fail, i stop; newest last

                last failures, newest first
                2026-11-22T00:00:00Z  connect  unreachable
                          a: refused
                """, plain(ended(new HistoryEntry("a", Scenario.BOOT, started(0), Duration.ZERO, Result.FAILED, failure, Map.of(), "", "", "")), started(1)));
    }

    @ParameterizedTest
    @CsvSource({"100, 0, 100", "99, 1, 99", "98, 1, 98", "1, 99, 1", "1, 2, 33", "2, 1, 66", "0, 1, 0"})
    void roundsTheSuccessDown(int passed, int failed, int percent) {
        int all = passed + failed;
        String text = plain(HistoryTest.of(all, number -> number < failed ? failed(number) : passed(number)), started(all));
        assertTrue(text.contains("\nsuccess   " + percent + " %: " + passed + " of the last " + all + (all == 1 ? " run" : " runs") + " passed\n"), text);
    }

    @Test
    void showsTheLastThirtyRunsAndTheLastFiveFailures() {
        String text = plain(HistoryTest.of(100, number -> number < 69 ? failed(number) : number == 69 ? interrupted(69)
                : passed(number)), started(100));
        assertTrue(text.contains("\nruns      " + ".".repeat(30) + "  "), text);
        assertEquals(5, text.split("  deploy  remote-error\n", -1).length - 1);
        assertTrue(text.indexOf(started(68).toString()) < text.indexOf(started(64).toString()), text);
        assertFalse(text.contains(started(63).toString()), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "a b", "word, ", "one-word-of-some-length and\\nanother ", "      "})
    void breaksLongDetailsAndLeavesTheirEndsOut(String part) {
        for (int times : new int[] {1, 2, 5, 8, 10, 20, 50, 60, 70, 80, 130, 150, 190, 200, 500}) {
            String detail = LogText.of(part.repeat(times), 500);
            List<String> shown = shown(longest(detail));
            assertTrue(shown.size() <= 3, detail);
            shown.forEach(line -> assertTrue(line.startsWith(" ".repeat(10)) && line.length() <= WIDTH, line));
            String joined = String.join("", shown).replace(" ", "");
            String whole = (longest(detail).id() + ":" + detail).replace(" ", "");
            boolean cut = joined.endsWith("...") && !joined.equals(whole);
            assertTrue(whole.startsWith(cut ? joined.substring(0, joined.length() - 3) : joined), joined);
            assertTrue(cut || joined.equals(whole), joined);
            assertTrue(!cut || shown.size() == 3 && shown.get(2).length() >= WIDTH - 4, joined);
        }
    }

    /** Behind a name of 50 characters, a colon and a blank there is room for 18. */
    @Test
    void breaksADetailAtABlankThatIsNotTooFarLeft() {
        String name = " ".repeat(10) + longest("").id() + ":";
        String full = " ".repeat(10) + "x".repeat(70);
        assertEquals(List.of(name), shown(longest("")));
        assertEquals(List.of(name + " " + "x".repeat(18)), shown(longest("x".repeat(18))));
        assertEquals(List.of(name, " ".repeat(10) + "x".repeat(19)), shown(longest("x".repeat(19))));
        assertEquals(List.of(name, full, full), shown(longest("x".repeat(140))));
        assertEquals(List.of(name, full, full.substring(0, 77) + "..."), shown(longest("x".repeat(141))));

        String early = " ".repeat(10) + failed(0).id() + ": ";
        assertEquals(List.of(early + "x".repeat(50), full, " ".repeat(10) + "x"),
                shown(failed(0, Step.UNMOUNT, Cause.LEAK, "x".repeat(121))));
    }

    /** The longest of everything: prefix, interval, step, cause, numbers and detail. */
    @Test
    void hasNoLineThatIsTooLong() {
        for (String detail : List.of("x".repeat(503), "word ".repeat(100) + "...", "\\u001b".repeat(83) + "...", "x ".repeat(250))) {
            History history = HistoryTest.of(100, number -> number % 2 == 0 ? longest(detail) : slow(number))
                    .continued(Duration.ofHours(8760), Duration.ofHours(200), started(1));
            history = new History(history.interval(), history.maxRunDuration(), true, started(1), null,
                    new Streak(Result.FAILED, Integer.MAX_VALUE, started(0)), history.runs(), history.failures(), history.tallies());
            for (Instant now : List.of(started(1), started(100), started(1_000_000), started(-1_000))) {
                String text = plain(history, now);
                text.lines().forEach(line -> assertTrue(line.length() <= WIDTH, line));
                assertEquals(text, StatusText.of(new Status(history, now), COLOURED).replaceAll("\u001b\\[[0-9]+m", ""));
            }
        }
    }

    @Test
    void breaksNoCharacterInTwo() {
        for (String before : List.of("", "x")) {
            String text = plain(ended(failed(0, Step.MOUNT, Cause.TIMEOUT, before + "\ud83d\ude00".repeat(200))), started(1));
            text.lines().forEach(line -> assertTrue(StandardCharsets.UTF_8.newEncoder().canEncode(line), line));
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 32, healthy", "1, 31, failing", "400, 35, stale"})
    void isColouredByTheState(int now, int colour, String state) {
        History history = state.equals("failing") ? ended(failed(0)) : ended(passed(0), passed(1));
        String text = StatusText.of(new Status(history, started(now)), COLOURED);
        assertTrue(text.startsWith("state     \u001b[" + colour + "m" + state + "\u001b[0m"), text);
    }

    @Test
    void isColouredByTheResults() {
        History history = ended(passed(0), failed(1), interrupted(2));
        String text = StatusText.of(new Status(history, started(3)), COLOURED);
        assertTrue(text.contains("\nruns      \u001b[32m.\u001b[0m\u001b[31mF\u001b[0m\u001b[35mi\u001b[0m  . pass"), text);
        assertTrue(text.contains("\n2026-11-22T00:05:00Z  \u001b[31mdeploy  remote-error\u001b[0m\n"), text);
        assertTrue(StatusText.of(new Status(empty(), started(0)), COLOURED).startsWith("state     \u001b[35munknown\u001b[0m:"));
    }

    @Test
    void hasNoControlCharacterInItWithoutColours() {
        for (History history : List.of(empty(), fortyRuns(), fortyRuns().runStarted(started(40)), ended(interrupted(0)))) {
            for (int number : new int[] {0, 40, 1000}) {
                String text = plain(history, started(number));
                assertTrue(text.chars().noneMatch(c -> c != '\n' && Character.isISOControl(c)), text);
                assertTrue(text.endsWith("\n"));
                text.lines().forEach(line -> assertEquals(line.stripTrailing(), line));
            }
        }
    }

    private static History fortyRuns() {
        return HistoryTest.of(40, number -> switch (number) {
            case 3, 11, 12 -> failed(number);
            case 20 -> interrupted(number);
            case 30 -> failed(number, Step.VERIFY, Cause.VM_DIED, "the VM does not live");
            case 31 -> failed(number, Step.UNMOUNT, Cause.LEAK, "still mounted");
            case 35 -> failed(number, Step.CONNECT, Cause.UNREACHABLE, "unix:///var/run/redis.sock: Connection refused; is there a Redis "
                    + "server? zinit status redis tells, and zinit log redis what it says; vmtestd goes on with its next run, and asks "
                    + "again before it begins");
            default -> passed(number);
        });
    }

    /** A failure under a prefix of 40 characters. */
    private static HistoryEntry longest(String detail) {
        return new HistoryEntry("x".repeat(39) + "-1763832962", Scenario.BOOT, started(0), Duration.ofHours(123), Result.FAILED,
                new Failure(Step.UNMOUNT, Cause.LEAK, detail), Map.of(), "", "", "");
    }

    /** A run that failed after all its steps took very long. */
    private static HistoryEntry slow(int number) {
        Map<Step, Duration> steps = new EnumMap<>(Step.class);
        for (Step step : Step.values()) {
            steps.put(step, Duration.ofHours(199).plusSeconds(3599));
        }
        return new HistoryEntry("x".repeat(39) + "-1763832962", Scenario.BOOT, started(number), Duration.ofHours(1999).plusSeconds(3599), Result.FAILED,
                new Failure(Step.CONNECT, Cause.PROTOCOL_ERROR, "x".repeat(100)), steps, "", "", "");
    }

    /** The lines of a leak's name and detail. */
    private static List<String> shown(HistoryEntry failure) {
        String text = plain(ended(failure), started(1));
        return text.substring(text.indexOf("leak\n") + "leak\n".length()).lines().toList();
    }

    private static String plain(History history, Instant now) {
        return StatusText.of(new Status(history, now), Style.PLAIN);
    }

    private static String head(int lines, String text) {
        return String.join("\n", text.lines().limit(lines).toList()) + "\n";
    }

    @Test
    void showsEachScenarioIfThereAreSeveral() {
        List<Scenario> both = List.of(Scenario.BOOT, Scenario.STORAGE_NETWORK);
        History history = HistoryTest.empty();
        for (HistoryEntry run : List.of(passed(1), ScenarioMetricsTest.of(Scenario.STORAGE_NETWORK, passed(2)),
                ScenarioMetricsTest.of(Scenario.STORAGE_NETWORK, failed(3, Step.NETWORK, Cause.NO_DATA, "words")), passed(4))) {
            history = history.runEnded(run, both, run.ended());
        }
        String text = StatusText.of(new Status(history, passed(4).ended()), Style.PLAIN);
        assertTrue(text.startsWith("state     failing since 2026-11-22T00:15:00Z: see scenarios\n"), text);
        assertTrue(text.contains("""
                scenarios boot            2 of the last 2 passed, the last one passed
                          storage+network 1 of the last 2 passed, the last one failed at network (no-data)
                """), text);
        assertTrue(text.contains("""
                whole run            3      14.2s      14.2s      14.2s      14.2s
                boot                 2      14.2s      14.2s      14.2s      14.2s
                storage+network      1      14.2s      14.2s      14.2s      14.2s
                """), text);
    }
}
