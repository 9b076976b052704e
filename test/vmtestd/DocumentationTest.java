package vmtestd;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.Flags.Flag;
import vmtestd.report.Notifiers.Channel;

/** Help, README, man page and completion tell of the same flags, and of the same exit statuses. */
class DocumentationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int WIDTH = 80;
    private static final Path README = Path.of("README.md");
    private static final Path PAGE = Path.of("doc/vmtestd.8");
    private static final Path COMPLETION = Path.of("doc/vmtestd.bash");
    private static final Path GROFF = Path.of("/usr/bin/groff");
    private static final List<Integer> STATUSES = List.of(0, 1, 2, 3);
    private static final List<Integer> STATUSES_OF_SIGNALS = List.of(129, 130, 143);

    @TempDir
    private Path folder;

    @Test
    void theHelpFitsAScreen() {
        List<String> lines = Usage.help().lines().toList();
        assertEquals(List.of(), tooWide(lines));
        assertTrue(lines.size() <= 40, lines.size() + " lines");
    }

    @Test
    void theHelpHasTheFlags() {
        // A default that does not fit behind its flag stands on the next line.
        String help = Usage.help().replaceAll("\n {3,}\\(", " (");
        assertSame(flags(), find("(?m)^ +--([a-z-]+)(?: ([A-Z:]+))? .*?(?: \\(([^ ]+)\\))?$", help)
                .map(match -> flag(match.group(1), match.group(2), match.group(3))).toList());
    }

    @Test
    void theHelpHasTheExitStatuses() {
        String line = find("(?m)^Exit status: .*", Usage.help()).findFirst().orElseThrow().group();
        assertEquals(STATUSES, numbers(line));
    }

    @Test
    void theHelpShowsThreeExamples() {
        List<String> examples = find("(?m)^  vmtestd (.*?)(?:  .*)?$", Usage.help()).map(match -> match.group(1)).toList();
        assertEquals(3, examples.size(), examples.toString());
        examples.forEach(DocumentationTest::assertIsRight);
    }

    @Test
    void theReadmeHasTheFlags() throws IOException {
        List<String> found = new ArrayList<>();
        for (List<String> row : table(README, "| flag | default | legal | what it is |")) {
            assertEquals(4, row.size(), "columns of " + row);
            find("`--([a-z-]+)(?: ([^`]+))?`", row.get(0))
                    .forEach(match -> found.add(flag(match.group(1), match.group(2), row.get(1).replace("`", ""))));
        }
        assertSame(flags(), found);
    }

    @Test
    void theReadmeHasTheExitStatuses() throws IOException {
        assertEquals(join(STATUSES, STATUSES_OF_SIGNALS),
                table(README, "| exit status | means |").stream().flatMap(row -> numbers(row.get(0)).stream()).toList());
    }

    @Test
    void theManPageIsOfThisVersion() throws IOException {
        String title = Files.readAllLines(PAGE).get(0);
        assertTrue(title.startsWith(".TH VMTESTD 8 ") && title.contains(" \"vmtestd " + Options.VERSION + "\" "), title);
    }

    @Test
    void theManPageHasItsSections() throws IOException {
        assertEquals(List.of("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "FILES", "ENVIRONMENT", "SIGNALS",
                "EXAMPLES", "SEE ALSO"),
                find("(?m)^\\.SH (.*)", page()).map(match -> match.group(1).replace("\"", "")).toList());
    }

    @Test
    void theManPageHasTheFlags() throws IOException {
        List<String> found = new ArrayList<>();
        for (String entry : entries("OPTIONS")) {
            String preset = find("\nDefault:\n\\.BR (\\S+) \\.", entry).map(match -> match.group(1)).findFirst().orElse(null);
            Matcher tag = Pattern.compile("\\.BI? --([a-z-]+)(?: \" ([^\"]+)\")?").matcher(entry.lines().findFirst().orElse(""));
            found.add(tag.matches() ? flag(tag.group(1), tag.group(2), preset) : entry);
        }
        assertSame(flags(), found);
    }

    @Test
    void theManPageNamesNoOtherFlags() throws IOException {
        List<String> known = Usage.FLAGS.stream().map(Flag::name).toList();
        assertEquals(List.of(), find("--([a-z-]+)", page()).map(match -> match.group(1)).filter(name -> !known.contains(name)).toList());
    }

    @Test
    void theManPageHasTheExitStatuses() throws IOException {
        assertEquals(join(STATUSES, STATUSES_OF_SIGNALS), entries("EXIT STATUS").stream()
                .flatMap(entry -> numbers(entry.lines().findFirst().orElse("")).stream()).toList());
    }

    @Test
    void theManPageShowsExamplesThatAreRight() throws IOException {
        List<String> examples = entries("EXAMPLES");
        assertTrue(examples.size() >= 3, examples.toString());
        examples.forEach(example -> assertIsRight(example.lines().findFirst().orElse("").replaceFirst("^\\.B vmtestd ", "")));
    }

    @Test
    void theManPageIsFormattedWithoutAWarning() throws IOException, InterruptedException {
        assertTrue(Files.isExecutable(GROFF), "groff is not installed");
        List<String> lines = run(GROFF.toString(), "-man", "-Tascii", "-ww", "-rLL=" + WIDTH + "n", "-P-cbou", PAGE.toString());
        assertTrue(lines.contains("OPTIONS"), lines.toString());
        assertEquals(List.of(), tooWide(lines));
    }

    @ParameterizedTest
    @CsvSource({"'', --", "-, --", "--, --", "-d, -"})
    void theCompletionHasTheFlags(String word, String hyphens) throws IOException, InterruptedException {
        String typed = word.replaceFirst("^-{1,2}", "");
        assertSame(shown().map(flag -> hyphens + flag.name()).filter(name -> name.startsWith(hyphens + typed)).toList(), complete(word));
    }

    static Stream<Flag> shown() {
        return Usage.FLAGS.stream().filter(flag -> !flag.name().equals("h"));
    }

    @ParameterizedTest
    @MethodSource("shown")
    void theCompletionKnowsWhatTakesAValue(Flag flag) throws IOException, InterruptedException {
        boolean flagsFollow = complete("--" + flag.name(), "").contains("--once");
        assertEquals(flag.isSwitch(), flagsFollow);
        assertEquals(flagsFollow, complete("-" + flag.name(), "").contains("--once"));
        assertTrue(complete("--" + flag.name() + "=").stream().allMatch(reply -> reply.startsWith("--" + flag.name() + "=")));
        assertTrue(complete("--" + flag.name() + "=x", "").contains("--once"));
    }

    /** In words as they come from a script, and as bash splits them at a prompt. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--sta                            | --status",
        "--once --keep --de               | --debug",
        "--report fl                      | flag",
        "--report zui,                    | zui,perf zui,flag",
        "-report zui,perf,f               | zui,perf,flag",
        "--report no                      | none",
        "--report zui,no                  |",
        "--report=                        | --report=zui --report=perf --report=flag --report=none",
        "--report=zui,p                   | --report=zui,perf",
        "--report =                       | zui perf flag none",
        "--report = zui,p                 | zui,perf",
        "--broker u                       | unix://",
        "--broker=                        | --broker=unix:// --broker=tcp://",
        "--broker = t                     | tcp://",
        "--broker unix :                  | //",
        "--broker = unix : /              | //",
        "--broker = unix : // --sta       | --status",
        "--interval 5                     |",
        "--once x                         |",
        "--nothing-like-it                |"})
    void theCompletionCompletes(String words, String replies) throws IOException, InterruptedException {
        assertSame(replies == null ? List.of() : List.of(replies.split(" ")), complete(words.split(" ")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--report", "--report="})
    void theCompletionOffersEachChannelAndNone(String flag) throws IOException, InterruptedException {
        String lead = flag.endsWith("=") ? flag : "";
        List<String> words = join(Arrays.stream(Channel.values()).map(Object::toString).toList(), List.of("none"));
        assertSame(words.stream().map(lead::concat).toList(), lead.isEmpty() ? complete(flag, "") : complete(flag));
    }

    @Test
    void theCompletionFindsFoldersAndSockets() throws IOException, InterruptedException {
        String inner = Files.createDirectory(folder.resolve("in ner")).toString();
        String file = Files.createFile(folder.resolve("in.sock")).toString();
        String typed = folder.resolve("in").toString();
        assertEquals(List.of(inner), complete("--root", typed));
        assertEquals(List.of("--root=" + inner), complete("--root=" + typed));
        assertEquals(List.of(inner), complete("--root", "=", typed));
        assertSame(List.of("unix://" + inner, "unix://" + file), complete("--broker", "unix://" + typed));
        assertSame(List.of("//" + inner, "//" + file), complete("--broker", "=", "unix", ":", "//" + typed));
    }

    @Test
    void theCompletionIsForTheCommandAndItsLauncher() throws IOException, InterruptedException {
        assertEquals(List.of("complete -F _vmtestd vmtestd", "complete -F _vmtestd vmtestd.sh"),
                run("bash", "--norc", "-c", "source " + COMPLETION + "; complete -p vmtestd vmtestd.sh"));
    }

    /** The flags there are, in the notation of {@link #flag}. */
    private static List<String> flags() {
        return shown().map(flag -> flag(flag.name(), flag.value(), flag.isSwitch() ? "" : flag.preset())).toList();
    }

    /** What has to be the same everywhere, in one word: {@code --wait DURATION (10s)}. */
    private static String flag(String name, String value, String preset) {
        return "--" + name + (value == null || value.isEmpty() ? "" : " " + value)
                + (preset == null || preset.isEmpty() ? "" : " (" + preset + ")");
    }

    /** In any order, and none of them twice. */
    private static void assertSame(List<String> expected, List<String> found) {
        List<String> missing = new ArrayList<>(expected);
        List<String> surplus = new ArrayList<>();
        found.stream().filter(word -> !missing.remove(word)).forEach(surplus::add);
        assertEquals("missing [], too many []", "missing " + missing + ", too many " + surplus);
    }

    private static void assertIsRight(String flags) {
        assertDoesNotThrow(() -> Options.parse(flags.split(" ")), flags);
    }

    private static List<String> tooWide(List<String> lines) {
        return lines.stream().filter(line -> line.length() > WIDTH).toList();
    }

    private static Stream<MatchResult> find(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results();
    }

    private static List<Integer> numbers(String text) {
        return find("[0-9]+", text).map(match -> Integer.valueOf(match.group())).toList();
    }

    private static <T> List<T> join(List<T> first, List<T> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    /** The cells of a table, by rows, without those of its head. */
    private static List<List<String>> table(Path file, String head) throws IOException {
        List<String> lines = Files.readAllLines(file);
        int at = lines.indexOf(head);
        assertTrue(at >= 0, file + " has no table " + head);
        return lines.stream().skip(at + 2).takeWhile(line -> line.startsWith("|"))
                .map(line -> Arrays.stream(line.substring(1).split("(?<!\\\\)\\|")).map(String::strip).toList()).toList();
    }

    /** The man page's source; a hyphen is just a hyphen, and lines are broken nowhere. */
    private static String page() throws IOException {
        return Files.readString(PAGE).replace("\\-", "-").replace("\\:", "");
    }

    /** The entries of a section of the man page, each from its tag on. */
    private static List<String> entries(String section) throws IOException {
        String text = find("(?ms)^\\.SH \"?" + section + "\"?\n(.*?)(?=^\\.SH |\\z)", page()).findFirst().orElseThrow().group(1);
        return find("(?ms)^\\.TP\n(.*?)(?=^\\.TP|^\\.S[HS]|^\\.PP|\\z)", text).map(match -> match.group(1)).toList();
    }

    /** What bash offers for the last of the words. */
    private List<String> complete(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", "--norc", "-c", "set -u; source " + COMPLETION + "; COMP_WORDS=(\"$0\" \"$@\");"
                + " COMP_CWORD=$#; _vmtestd; for reply in \"${COMPREPLY[@]}\"; do printf '%s\\n' \"$reply\"; done", "vmtestd"));
        command.addAll(List.of(words));
        return run(command.toArray(String[]::new));
    }

    /** The output of a program, which must end well, and say nothing beside it. */
    private List<String> run(String... command) throws IOException, InterruptedException {
        Path out = folder.resolve("stdout");
        Path err = folder.resolve("stderr");
        Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        process.getOutputStream().close();
        try {
            assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), command[0] + " goes on and on");
        } finally {
            process.destroyForcibly();
        }
        assertEquals("", Files.readString(err));
        assertEquals(0, process.exitValue(), command[0]);
        return Files.readAllLines(out);
    }
}
