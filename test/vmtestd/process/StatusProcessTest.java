package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.run.RunReport;
import vmtestd.status.PastRuns;

/**
 * {@code --status} as a process: it reads the files of a root directory, and that is all. No broker is
 * there in any of these tests.
 */
class StatusProcessTest {
    private static final Duration INTERVAL = Duration.ofMinutes(5);
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";
    /** What a module may say, and must not do to a terminal. */
    private static final String DETAIL = "vmd failed to Run: \u001b[2J\u0007two\nlines, "
            + "a cause that is told at some length, ".repeat(8);

    @TestFactory
    Stream<DynamicTest> saysHowRunsHaveGone(@TempDir Path directory) throws IOException {
        String unknown = "state     unknown: no daemon has written a history into";
        return new AtOnce(directory)
                .begin("healthy", home -> assertStatus(past(home, "FF..i..", Instant.now().minusSeconds(60)), 0,
                        "state     healthy since " + TIME + ": 4 runs in a row passed"))
                .begin("failing", home -> assertStatus(past(home, "..FFF", Instant.now().minusSeconds(60)), 1,
                        "state     failing since " + TIME + ": 3 runs in a row failed"))
                .begin("stale", home -> assertStatus(past(home, "FFF", Instant.parse("2025-11-22T17:36:02Z")), 3,
                        "state     stale: last run 2025-11-22T17:36:07Z, due every 5m0s"))
                .begin("empty root", home -> assertStatus(Files.createDirectory(home.resolve("root")), 3, unknown))
                .begin("no root", home -> assertStatus(home.resolve("root"), 3, unknown))
                .tests();
    }

    /** As text and as JSON: one state, one exit status, no word on stderr, and no file that is not as it was. */
    private static void assertStatus(Path root, int status, String first) throws IOException, InterruptedException {
        Map<String, String> before = files(root);
        try (Program text = status(root); Program json = status(root, "--json")) {
            assertEquals(status, text.awaitExit(), text::toString);
            assertEquals(List.of(), text.err());
            assertTrue(text.out().get(0).matches(first), text::toString);
            assertEquals(List.of(), text.out().stream().filter(line -> !line.matches("\\P{Cntrl}{0,80}")).toList(),
                    "lines with control characters, or wider than a terminal");

            assertEquals(status, json.awaitExit(), json::toString);
            assertEquals(List.of(), json.err());
            assertEquals(1, json.out().size(), json::toString);
            String state = first.replaceAll("state +(\\w+).*", "$1");
            assertTrue(json.out().get(0).matches("\\{\"state\":\"" + state + "\",\"time\":\"" + TIME + "\",\"interval\":300,"
                    + "\\P{Cntrl}*,\"damaged_lines\":0}"), json::toString);
        }
        assertEquals(before, files(root));
    }

    @TestFactory
    Stream<DynamicTest> judgesAnObjective(@TempDir Path directory) throws IOException {
        return new AtOnce(directory)
                .begin("met", home -> assertObjective(home, "..F.", "50%/1d", 0, "50%/1d: met: 75 %, (3 of 4|6 of 8) runs passed", "true"))
                .begin("not met", home -> assertObjective(home, "..F.", "99.5%/1d", 1, "99.5%/1d: not met: 75 %, (3 of 4|6 of 8) runs passed", "false"))
                .begin("not enough data", home -> assertObjective(home, "...", "1%/90d", 3,
                        "1%/90d: not enough data: no verdict on \\d{4}-\\d{2}-\\d{2}", "null"))
                .tests();
    }

    private static void assertObjective(Path home, String runs, String objective, int status, String words, String met) throws Exception {
        // A day may end before the program has read them: the same on the next day.
        Instant noon = Instant.now().truncatedTo(ChronoUnit.DAYS).plus(Duration.ofHours(12));
        List<RunReport> reports = new ArrayList<>(PastRuns.of(runs, INTERVAL, noon, DETAIL).reports());
        reports.addAll(PastRuns.of(runs, INTERVAL, noon.plus(Duration.ofDays(1)), DETAIL).reports());
        Path root = home.resolve("root");
        new PastRuns(INTERVAL, reports).writeTo(root);
        try (Program text = status(root, "--slo", objective); Program json = status(root, "--json", "--slo", objective)) {
            assertEquals(status, text.awaitExit(), text::toString);
            assertTrue(text.out().get(text.out().size() - 1).matches("objective " + words), text::toString);
            assertEquals(status, json.awaitExit(), json::toString);
            assertTrue(json.out().get(0).matches(".*\"objective\":\\{\"text\":\"" + objective + "\",\"met\":" + met + ",\"detail\":\"" + words + "\"}}"),
                    json::toString);
        }
    }

    @TestFactory
    Stream<DynamicTest> showsAFailedRun(@TempDir Path directory) throws IOException {
        return new AtOnce(directory)
                .begin("the last", home -> {
                    try (Program program = status(past(home, ".F.F.", Instant.now()), "--failure", "last")) {
                        assertEquals(0, program.awaitExit(), program::toString);
                        assertTrue(program.out().get(0).matches(TIME + "  deploy  remote-error"), program::toString);
                        assertTrue(program.out().contains("took      5s"), program::toString);
                        assertTrue(program.out().contains("mount     1s"), program::toString);
                    }
                })
                .begin("by its id, as JSON", home -> {
                    Instant last = Instant.now();
                    String id = "test-vm-" + last.minusSeconds(600).getEpochSecond();
                    try (Program program = status(past(home, ".FF.F", last), "--failure", id, "--json")) {
                        assertEquals(0, program.awaitExit(), program::toString);
                        assertTrue(program.out().get(0).startsWith("{\"id\":\"" + id + "\","), program::toString);
                    }
                })
                .begin("an unknown one", home -> {
                    try (Program program = status(past(home, "...", Instant.now()), "--failure", "last")) {
                        assertEquals(3, program.awaitExit(), program::toString);
                        assertEquals(List.of("vmtestd: --failure last: not one of the failed runs that vmtestd --status knows"), program.err());
                    }
                })
                .tests();
    }

    @TestFactory
    Stream<DynamicTest> saysInOneLineWhatCannotBeRead(@TempDir Path directory) throws IOException {
        String garbage = "\u0000\u0001garbage\n{\"kind\":";
        return new AtOnce(directory)
                .begin("garbage", home -> assertUnreadable(root(home, garbage), "line 1 is not 'vmtestd history 1'"))
                .begin("garbage, as JSON", home -> assertUnreadable(root(home, garbage), "line 1 is not 'vmtestd history 1'", "--json"))
                .begin("another version", home -> assertUnreadable(root(home, "vmtestd history 7\n"), "line 1 is not 'vmtestd history 1'"))
                .begin("half a line", home -> {
                    Path root = past(home, "..F", Instant.now().minusSeconds(60));
                    List<String> lines = new ArrayList<>(Files.readAllLines(root.resolve("history")));
                    lines.set(2, lines.get(2).substring(0, lines.get(2).length() / 2));
                    Files.write(root.resolve("history"), lines);
                    assertUnreadable(root, "line 3 is damaged");
                })
                .begin("cut off", home -> assertUnreadable(root(home, "vmtestd history 1\n"), "line 2 is damaged"))
                .begin("a directory", home -> assertUnreadable(
                        Files.createDirectories(home.resolve("root/history")).getParent(), "Is a directory"))
                .tests();
    }

    private static void assertUnreadable(Path root, String why, String... more) throws IOException, InterruptedException {
        Map<String, String> before = files(root);
        try (Program program = status(root, more)) {
            assertEquals(3, program.awaitExit(), program::toString);
            assertEquals(List.of(), program.out());
            assertEquals(1, program.err().size(), program::toString);
            String line = "vmtestd: --root " + root + ": " + root + "/history cannot be read: " + why;
            assertTrue(program.err().get(0).matches(line), program::toString);
        }
        assertEquals(before, files(root));
    }

    @TestFactory
    Stream<DynamicTest> fitsATerminal(@TempDir Path directory) throws IOException {
        return new AtOnce(directory).begin("of 80 columns, in colour and without", home -> {
            Path root = past(home, ".....F..FF....i...F....FFF......F.......", Instant.now().minusSeconds(60));
            String status = Path.of("vmtestd.sh").toAbsolutePath() + " --status --root " + root;
            try (PseudoTerminal colour = new PseudoTerminal(home.resolve("c"), "", status);
                    PseudoTerminal plain = new PseudoTerminal(home.resolve("p"), "NO_COLOR=1", status);
                    Program pipe = status(root)) {
                assertEquals(0, pipe.awaitExit(), pipe::toString);
                List<String> expected = pipe.out().stream().map(StatusProcessTest::withoutAge).toList();
                assertTrue(expected.size() > 30, pipe::toString);
                for (PseudoTerminal terminal : List.of(colour, plain)) {
                    assertEquals(0, terminal.awaitExit());
                    assertEquals(expected, terminal.rows().stream().map(StatusProcessTest::withoutAge).toList(),
                            "no line goes on in a second row");
                }
                assertEquals(List.of(), plain.rowsWithEscapes().stream().filter(row -> row.contains("\u001b")).toList());
                List<String> coloured = colour.rowsWithEscapes().stream().filter(row -> row.matches(".*\u001b\\[3[1-7]m.*")).toList();
                assertTrue(coloured.get(0).contains("\u001b[32mhealthy\u001b[39m"), coloured::toString);
                assertTrue(coloured.get(1).matches("runs .*\u001b\\[31mF\u001b\\[3.*"), coloured::toString);
                assertEquals(2 + 5, coloured.size(), "the state, the runs and five failures");
            }
        }).tests();
    }

    private static Program status(Path root, String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of("--status", "--root", root.toString(), "--broker", "unix:///nowhere/redis.sock"));
        args.addAll(List.of(more));
        return Program.start(args.toArray(String[]::new));
    }

    private static String withoutAge(String line) {
        return line.replaceAll("^(last run +)\\S+ ago", "$1ago");
    }

    private static Path past(Path home, String letters, Instant last) {
        PastRuns.of(letters, INTERVAL, last, DETAIL).writeTo(home.resolve("root"));
        return home.resolve("root");
    }

    private static Path root(Path home, String history) throws IOException {
        Path root = Files.createDirectory(home.resolve("root"));
        Files.writeString(root.resolve("history"), history);
        return root;
    }

    /** What is in a directory, and since when. */
    private static Map<String, String> files(Path root) throws IOException {
        if (!Files.exists(root)) {
            return Map.of();
        }
        try (Stream<Path> all = Files.walk(root)) {
            Map<String, String> files = new TreeMap<>();
            for (Path path : all.toList()) {
                String text = Files.isRegularFile(path) ? Files.readString(path) : "";
                files.put(path.toString(), Files.getLastModifiedTime(path) + " " + text);
            }
            return files;
        }
    }
}
