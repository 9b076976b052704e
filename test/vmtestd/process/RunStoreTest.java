package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;
import vmtestd.status.PastRuns;

/** What a daemon writes down of its runs: on its log, in {@code history}, and in {@code metrics.prom}. */
class RunStoreTest {
    private static final Pattern LOGGED = Pattern.compile(" vm test (passed|failed|interrupted) .*\\bid=(\\S+) ");
    private static final Pattern RUN = Pattern.compile("run\t(\\S+)\t\\S+Z\t\\d+\t([a-z]+)\t.*");
    /** Of how many runs a history tells. */
    private static final int REMEMBERED = 100;

    @TestFactory
    Stream<DynamicTest> records(@TempDir Path directory) throws IOException {
        return new AtOnce(directory)
                .begin("go on over a stop and a kill", RunStoreTest::goOnOverAStopAndAKill)
                .begin("half a line", home -> {
                    Path history = past(home).resolve("history");
                    List<String> lines = new ArrayList<>(Files.readAllLines(history));
                    lines.set(2, lines.get(2).substring(0, lines.get(2).length() / 2));
                    assertSetAside(home, String.join("\n", lines) + "\n", "line 3 is damaged");
                    assertEquals(1, metric(home, "vmtestd_runs_total{result=\"passed\",scenario=\"boot\"}"));
                    // Only once.
                    assertDamage(home, "passed passed");
                })
                .begin("garbage", home -> assertSetAside(home, "\u0000garbage\n\u001b[2J{\"kind\"", "line 1 is not 'vmtestd history 1'"))
                .begin("another version", home -> assertSetAside(home, "vmtestd history 7\n", "line 1 is not 'vmtestd history 1'"))
                .begin("the history of version 0.1", home -> {
                    Path old = Files.createDirectory(home.resolve("root")).resolve("history.jsonl");
                    Files.writeString(old, "{\"kind\":\"history\",\"version\":1}\n");
                    assertDamage(home, "passed");
                    assertEquals("{\"kind\":\"history\",\"version\":1}\n", Files.readString(old));
                })
                .begin("directories in the place of both", home -> {
                    Path root = past(home);
                    putDirectory(root.resolve("history"));
                    putDirectory(root.resolve("metrics.prom"));
                    assertDamage(home, "passed", anew(root.resolve("history"), "Is a directory"),
                            "the history or the metrics cannot be written: .*" + root + "/metrics\\.prom.*");
                    assertTrue(Files.isDirectory(root.resolve("history.damaged/below")));
                })
                .begin("a history that cannot be written", home -> {
                    Path root = past(home);
                    putDirectory(root.resolve("history"));
                    putDirectory(root.resolve("history.damaged"));
                    assertDamage(home, null,
                            "the history can neither be read nor set aside: .*" + root + "/history.*",
                            "the history or the metrics cannot be written: .*" + root + "/history.*");
                    assertEquals(1, metric(home, "vmtestd_runs_total{result=\"passed\",scenario=\"boot\"}"), "the metrics have no part in it");
                })
                .tests();
    }

    /** Three daemons in one directory: the first is told to stop in a run of its own, the second is killed in one. */
    private static void goOnOverAStopAndAKill(Path home) throws Exception {
        Path root = home.resolve("root");
        // As large as they get, for a part of them to be seen.
        PastRuns past = PastRuns.of(".".repeat(REMEMBERED), Duration.ofSeconds(10), Instant.now().minusSeconds(60), "");
        past.writeTo(root);
        List<String> expected = new ArrayList<>(past.reports().stream().map(report -> report.id() + " passed").toList());
        try (EmbeddedBroker broker = new EmbeddedBroker(home.resolve("s"), null); SimNode node = new SimNode(broker.url(), home)) {
            node.inject(Point.DEPLOY, Fault.VM_DIES);
            List<String> first = stopInARun(daemon(broker, root, "--interval", "1s", "--wait", "0s"), node, root);
            expected.addAll(first);
            assertEquals(last(expected), history(root));
            assertCounted(home, first);
            assertEquals(1, metric(home, "vmtestd_failures_total{cause=\"vm-died\"}"));
            assertEquals(1, metric(home, "vmtestd_step_failures_total{step=\"verify\"}"));
            assertEquals(0, metric(home, "vmtestd_run_in_progress"));

            try (Program second = daemon(broker, root, "--interval", "1h", "--wait", "10m", "--debug")) {
                second.awaitLine(" step started step=wait$");
                String history = Files.readString(root.resolve("history"));
                assertTrue(history.contains("\ndaemon\t3600000\t"), history);
                assertTrue(history.contains("\trunning\t20"), history);
                assertEquals(1, metric(home, "vmtestd_run_in_progress"));
                second.signal("KILL");
                assertEquals(137, second.awaitExit(), second::toString);
            }
            assertEquals(last(expected), history(root));

            try (Program third = daemon(broker, root, "--interval", "1h", "--wait", "0s")) {
                third.awaitLine(" vm test passed ");
                end(third);
                expected.addAll(logged(third));
                assertCounted(home, logged(third));
            }
            assertEquals(last(expected), history(root));
            assertEquals(1, metric(home, "vmtestd_leftovers_removed_total{kind=\"vm\"}"));
            assertEquals(2, metric(home, "vmtestd_leftovers_removed_total{kind=\"mount\"}"));
            assertEquals(Set.of(), node.left());
            assertEquals(List.of(), node.violations());
        }
    }

    /** A daemon whose first run fails, and which is told to stop in its third; gives its runs. */
    private static List<String> stopInARun(Program daemon, SimNode node, Path root) throws Exception {
        Path history = root.resolve("history");
        Path metrics = root.resolve("metrics.prom");
        try (daemon) {
            daemon.awaitLine(" vmtestd started ");
            AtomicBoolean over = new AtomicBoolean();
            FutureTask<Integer> reader = new FutureTask<>(() -> readOn(history, metrics, over));
            new Thread(reader, "reader").start();
            daemon.awaitLine(" vm test failed ");
            try (InputStream openHistory = Files.newInputStream(history); InputStream openMetrics = Files.newInputStream(metrics)) {
                daemon.awaitLine(" vm test passed ");
                CompletableFuture<Void> deploying = new CompletableFuture<>();
                node.onCall(Point.DEPLOY, () -> {
                    node.inject(Point.DEPLOY, Fault.NO_ANSWER);
                    deploying.complete(null);
                });
                deploying.get(60, TimeUnit.SECONDS);
                daemon.signal("TERM");
                daemon.awaitLine(" vm test interrupted step=deploy cause=interrupted ");
                assertEquals(0, daemon.awaitExit(), daemon::toString);
                assertEquals(List.of(), daemon.err());
                // Who had them open has what they were then.
                assertOld(history, openHistory, RunStoreTest::assertWholeHistory);
                assertOld(metrics, openMetrics, RunStoreTest::assertWholeMetrics);
            } finally {
                over.set(true);
            }
            assertTrue(reader.get(60, TimeUnit.SECONDS) > 10);
            assertConsoleBehindItsFailure(daemon.out());
            return logged(daemon);
        }
    }

    /** Reads both files again and again, until the daemon is over; gives how often. */
    private static int readOn(Path history, Path metrics, AtomicBoolean over) throws IOException, InterruptedException {
        int count = 0;
        do {
            assertWholeHistory(Files.readString(history));
            assertWholeMetrics(Files.readString(metrics));
            count++;
            // Others need the processor too.
            Thread.sleep(1);
        } while (!over.get());
        return count;
    }

    private static void assertWholeHistory(String text) {
        List<String> lines = text.lines().toList();
        assertEquals("vmtestd history 1", lines.get(0));
        assertEquals(REMEMBERED, lines.stream().filter(line -> RUN.matcher(line).matches()).count(), () -> "runs in: " + text);
        assertTrue(lines.get(lines.size() - 1).matches("daemon(\t\\S+){8}") && text.endsWith("Z\n"), text);
    }

    private static void assertWholeMetrics(String text) {
        assertTrue(text.startsWith("# HELP vmtestd_build_info "), text);
        assertTrue(text.matches("(?s).*\nvmtestd_last_step_duration_seconds\\{step=\"unmount\"} [0-9.]+\n"), text);
        assertFalse(text.contains("process_"), text);
    }

    private interface Check {
        void of(String text);
    }

    private static void assertOld(Path file, InputStream open, Check whole) throws IOException {
        String old = new String(open.readAllBytes(), StandardCharsets.UTF_8);
        whole.of(old);
        assertNotEquals(Files.readString(file), old);
    }

    /** The one line that tells of a failed run, then the VM's console, line by line. */
    private static void assertConsoleBehindItsFailure(List<String> log) {
        List<String> words = log.stream().map(line -> line.substring(line.indexOf(' ') + 1)).toList();
        int failed = 0;
        while (!words.get(failed).startsWith("error ")) {
            failed++;
        }
        assertTrue(words.get(failed).matches("error vm test failed step=verify cause=vm-died id=test-vm-\\d{10} took=[0-9.]+m?s "
                + "detail=\".+\" scenario=boot"), words.get(failed));
        assertTrue(words.get(failed - 1).startsWith("info step failed step=verify cause=vm-died took="), words.get(failed - 1));
        assertEquals(List.of("info console line=\"[    0.000000] Linux version 5.12.9\"",
                "info console line=\"[    0.812345] Kernel panic - not syncing: VFS: Unable to mount root fs\""),
                words.subList(failed + 1, failed + 3));
        Pattern level = Pattern.compile("debug|info|warn|error");
        for (String line : log) {
            Matcher first = level.matcher(line);
            assertTrue(first.find() && first.start() == "2026-11-22T17:36:02Z ".length(), line);
        }
    }

    /** What counts the runs of a daemon agrees with the runs themselves. */
    private static void assertCounted(Path home, List<String> runs) throws IOException {
        for (String result : List.of("passed", "failed", "interrupted")) {
            int count = (int) runs.stream().filter(run -> run.endsWith(" " + result)).count();
            assertEquals(count, metric(home, "vmtestd_runs_total{result=\"" + result + "\",scenario=\"boot\"}"), result);
        }
        assertEquals(1, metric(home, "vmtestd_last_run_success"));
        assertEquals(0, metric(home, "vmtestd_consecutive_failures"));
    }

    /** A file that is no history is said to be so, kept, and no longer in the way. */
    private static void assertSetAside(Path home, String text, String why) throws IOException, InterruptedException {
        Path history = past(home).resolve("history");
        Files.writeString(history, text);
        assertDamage(home, "passed", anew(history, why));
        assertEquals(text, Files.readString(history.resolveSibling("history.damaged")));
    }

    private static void putDirectory(Path path) throws IOException {
        Files.deleteIfExists(path);
        Files.createDirectories(path.resolve("below"));
    }

    private static String anew(Path history, String why) {
        return history + " cannot be read \\(" + why + "\\), starting a new one; the file is now "
                + history.resolveSibling("history.damaged");
    }

    /**
     * Starts a daemon on damaged files: it says so, and tests the node.
     *
     * @param results of the runs in its history when it has done one; null where it can have none
     * @param warnings all that it warns of, as regular expressions
     */
    private static void assertDamage(Path home, String results, String... warnings) throws IOException, InterruptedException {
        Path root = home.resolve("root");
        try (EmbeddedBroker broker = new EmbeddedBroker(home.resolve("s"), null); SimNode node = new SimNode(broker.url(), home);
                Program daemon = daemon(broker, root, "--interval", "1h", "--wait", "0s")) {
            daemon.awaitLine(" vm test passed ");
            end(daemon);
            List<String> warned = daemon.out().stream().filter(line -> !line.contains(" info ") && !line.contains(Program.NOT_OBSERVED)).toList();
            assertEquals(warnings.length, warned.size(), daemon::toString);
            for (int i = 0; i < warnings.length; i++) {
                assertTrue(warned.get(i).matches("\\S+ warn " + warnings[i]), warned.get(i) + " for " + warnings[i]);
            }
            assertEquals(Set.of(), node.left());
        }
        if (results != null) {
            assertEquals(results, String.join(" ", history(root).stream().map(run -> run.replaceAll(".* ", "")).toList()));
        }
    }

    /** A directory with two runs that passed and one that failed. */
    private static Path past(Path home) {
        PastRuns.of("..F", Duration.ofHours(1), Instant.now().minusSeconds(60), "no room").writeTo(home.resolve("root"));
        return home.resolve("root");
    }

    private static Program daemon(EmbeddedBroker broker, Path root, String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of(
                "--broker", broker.url(), "--root", root.toString(), "--timeout", "30s", "--report", "none"));
        args.addAll(List.of(more));
        return Program.start(args.toArray(String[]::new));
    }

    private static void end(Program daemon) throws IOException, InterruptedException {
        daemon.signal("TERM");
        assertEquals(0, daemon.awaitExit(), daemon::toString);
        assertEquals(List.of(), daemon.err());
    }

    /** The runs that a log tells of: id and result. */
    private static List<String> logged(Program daemon) {
        return daemon.out().stream().map(LOGGED::matcher).filter(Matcher::find).map(run -> run.group(2) + " " + run.group(1)).toList();
    }

    /** The same of a history. */
    private static List<String> history(Path root) throws IOException {
        return Files.readAllLines(root.resolve("history")).stream().map(RUN::matcher).filter(Matcher::matches)
                .map(run -> run.group(1) + " " + run.group(2)).toList();
    }

    private static List<String> last(List<String> runs) {
        return runs.subList(Math.max(0, runs.size() - REMEMBERED), runs.size());
    }

    private static double metric(Path home, String series) throws IOException {
        return Files.readAllLines(home.resolve("root/metrics.prom")).stream().filter(line -> line.startsWith(series + " "))
                .map(line -> Double.valueOf(line.substring(series.length() + 1))).findFirst().orElseThrow();
    }
}
