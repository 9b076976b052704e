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
import vmtestd.cleanup.Cause;
import vmtestd.report.Notifiers.Channel;
import vmtestd.run.Step;
import vmtestd.time.GoDuration;

/** Help, man page and completion have the same flags and exit statuses; the documents name only what exists. */
class DocumentationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int WIDTH = 80;
    private static final Path README = Path.of("README.md");
    private static final Path PAGE = Path.of("doc/vmtestd.8");
    private static final Path COMPLETION = Path.of("doc/vmtestd.bash");
    private static final Path GROFF = Path.of("/usr/bin/groff");
    private static final List<Integer> STATUSES = List.of(0, 1, 2, 3);
    private static final List<Integer> STATUSES_OF_SIGNALS = List.of(129, 130, 143, 134);

    @TempDir
    private Path directory;

    @Test
    void theHelpFitsAScreen() {
        List<String> lines = Options.HELP.lines().toList();
        assertEquals(List.of(), tooWide(lines));
        assertTrue(lines.size() <= 40, lines.size() + " lines");
    }

    @Test
    void theHelpHasTheFlags() {
        // A default that does not fit on its flag's line follows on the next.
        String help = Options.HELP.replaceAll("\n {3,}\\(", " (");
        assertSame(flags(), find("(?m)^ +--([a-z-]+)(?: ([A-Z:]+))? .*?(?: \\(([^ ]+)\\))?$", help)
                .map(match -> flag(match.group(1), match.group(2), match.group(3))).toList());
    }

    @Test
    void theManualHasTheLongestRun() throws Exception {
        String longest = GoDuration.format(Options.parse().settings().maxRunDuration());
        for (Path file : List.of(Path.of("doc/vmtestd.8"), Path.of("doc/monitoring/vmtestd.rules.yaml"))) {
            assertTrue(Files.readString(file).contains(longest), file + " does not say " + longest);
        }
    }

    @Test
    void theManualHasTheLongestRunWithADiskOrAnInterface() throws Exception {
        String longest = GoDuration.format(Options.parse("--scenario", "boot,storage").settings().maxRunDuration());
        assertTrue(Files.readString(PAGE).contains(longest), longest);
    }

    @ParameterizedTest
    @CsvSource({"README.md, 160", "CONTRIBUTING.md, 40", "doc/fleet.md, 120"})
    void theDocumentsAreShort(Path file, int most) throws IOException {
        int lines = Files.readAllLines(file).size();
        assertTrue(lines <= most, file + " has " + lines + " lines");
    }

    @Test
    void theReadmeHasTheStepsAndTheCauses() throws IOException {
        assertEquals(names(Step.values()), firstCells("| step | does | fails if |"));
        assertEquals(names(Cause.values()), firstCells("| cause | means |"));
    }

    @Test
    void theReadmeHasTheTree() throws IOException {
        List<Path> named = find("(?m)^    ((?:[\\w.]+/)+) ", Files.readString(README)).map(match -> Path.of(match.group(1))).toList();
        assertEquals(List.of(), named.stream().filter(path -> !Files.isDirectory(path)).toList());
        try (Stream<Path> packages = Files.walk(Path.of("src/vmtestd")).filter(Files::isDirectory)) {
            assertEquals(List.of(), packages.filter(path -> !named.contains(path)).toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "doc/monitoring.md", "doc/image.md", "doc/upstream.md"})
    void theDocumentsLinkToFilesAndNameFlagsThatExist(Path file) throws IOException {
        String text = Files.readString(file);
        assertEquals(List.of(), find("]\\((?!http)([^)#]+)\\)", text).map(match -> match.group(1))
                .filter(link -> !Files.exists(file.resolveSibling(link))).toList());
        assertEquals(List.of(), find("`(?:vmtestd )?--([a-z-]+)", text).map(match -> match.group(1)).filter(DocumentationTest::isUnknown).toList());
    }

    @Test
    void theManPageAndTheChangesAreOfThisVersion() throws IOException {
        String title = Files.readAllLines(PAGE).get(0);
        assertTrue(title.startsWith(".TH VMTESTD 8 ") && title.contains(" \"vmtestd " + Options.VERSION + "\" "), title);
        assertEquals(Options.VERSION, find("(?m)^## (.*)", Files.readString(Path.of("CHANGELOG.md"))).findFirst().orElseThrow().group(1));
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
        assertEquals(List.of(), find("--([a-z-]+)", page()).map(match -> match.group(1)).filter(DocumentationTest::isUnknown).toList());
    }

    @Test
    void theHelpAndTheManPageHaveTheExitStatuses() throws IOException {
        String line = find("(?m)^Exit status: .*", Options.HELP).findFirst().orElseThrow().group();
        assertEquals(STATUSES, numbers(line));
        assertEquals(join(STATUSES, STATUSES_OF_SIGNALS), entries("EXIT STATUS").stream()
                .flatMap(entry -> numbers(entry.lines().findFirst().orElse("")).stream()).toList());
    }

    @Test
    void theExamplesAreLegal() throws IOException {
        List<String> examples = join(find("(?m)^  vmtestd (.*?)(?:  .*)?$", Options.HELP).map(match -> match.group(1)).toList(),
                find("(?m)^\\.B vmtestd (.*)$", String.join("\n", entries("EXAMPLES"))).map(match -> match.group(1)).toList());
        assertTrue(examples.size() >= 6, examples.toString());
        examples.forEach(example -> assertDoesNotThrow(() -> Options.parse(example.split(" ")), example));
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
        return Options.FLAGS.values().stream();
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

    /** With words as a script passes them, and as bash splits them at a prompt. */
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

    @Test
    void theCompletionOffersEachChannelAndNone() throws IOException, InterruptedException {
        assertSame(join(names(Channel.values()), List.of("none")), complete("--report", ""));
    }

    @Test
    void theCompletionFindsDirectoriesAndSockets() throws IOException, InterruptedException {
        String inner = Files.createDirectory(directory.resolve("in ner")).toString();
        String file = Files.createFile(directory.resolve("in.sock")).toString();
        String typed = directory.resolve("in").toString();
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

    /** Returns all flags in the notation of {@link #flag}. */
    private static List<String> flags() {
        return shown().map(flag -> flag(flag.name(), flag.value(), flag.isSwitch() ? "" : flag.preset())).toList();
    }

    /** Returns what must be the same everywhere, as one word: {@code --wait DURATION (10s)}. */
    private static String flag(String name, String value, String preset) {
        return "--" + name + (value == null || value.isEmpty() ? "" : " " + value)
                + (preset == null || preset.isEmpty() ? "" : " (" + preset + ")");
    }

    /** Compares in any order, but duplicates count. */
    private static void assertSame(List<String> expected, List<String> found) {
        List<String> missing = new ArrayList<>(expected);
        List<String> surplus = new ArrayList<>();
        found.stream().filter(word -> !missing.remove(word)).forEach(surplus::add);
        assertEquals("missing [], too many []", "missing " + missing + ", too many " + surplus);
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

    private static boolean isUnknown(String flag) {
        return !Options.FLAGS.containsKey(flag);
    }

    private static List<String> names(Enum<?>[] constants) {
        return Arrays.stream(constants).map(Object::toString).toList();
    }

    /** Returns the first cell of each row of a table in the README. */
    private static List<String> firstCells(String head) throws IOException {
        List<String> lines = Files.readAllLines(README);
        int at = lines.indexOf(head);
        assertTrue(at >= 0, "no table " + head);
        return lines.stream().skip(at + 2).takeWhile(line -> line.startsWith("|"))
                .map(line -> line.split("\\|")[1].replace("`", "").strip()).toList();
    }

    /** Returns the man page's source with plain hyphens and without break points. */
    private static String page() throws IOException {
        return Files.readString(PAGE).replace("\\-", "-").replace("\\:", "");
    }

    /** Returns the entries of a section of the man page, each beginning with its tag. */
    private static List<String> entries(String section) throws IOException {
        String text = find("(?ms)^\\.SH \"?" + section + "\"?\n(.*?)(?=^\\.SH |\\z)", page()).findFirst().orElseThrow().group(1);
        return find("(?ms)^\\.TP\n(.*?)(?=^\\.TP|^\\.S[HS]|^\\.PP|\\z)", text).map(match -> match.group(1)).toList();
    }

    /** Returns what bash suggests for the last of the words. */
    private List<String> complete(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", "--norc", "-c", "set -u; source " + COMPLETION + "; COMP_WORDS=(\"$0\" \"$@\");"
                + " COMP_CWORD=$#; _vmtestd; for reply in \"${COMPREPLY[@]}\"; do printf '%s\\n' \"$reply\"; done", "vmtestd"));
        command.addAll(List.of(words));
        return run(command.toArray(String[]::new));
    }

    /** Returns the output of a program, which must succeed and print nothing on standard error. */
    private List<String> run(String... command) throws IOException, InterruptedException {
        Path out = directory.resolve("stdout");
        Path err = directory.resolve("stderr");
        Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        process.getOutputStream().close();
        try {
            assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), command[0] + " does not end");
        } finally {
            process.destroyForcibly();
        }
        assertEquals("", Files.readString(err));
        assertEquals(0, process.exitValue(), command[0]);
        return Files.readAllLines(out);
    }
}
