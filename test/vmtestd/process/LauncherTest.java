package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.SimNode;

/** The launcher, wherever it stands and however it is called; no JVM has a word to say on stderr. */
class LauncherTest {
    private static final Path LAUNCHER = Path.of("vmtestd.sh").toAbsolutePath();
    private static final List<String> MODES = List.of("--once", "--check", "--sweep", "--status", "--version", "--interval=1h");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"--version", "-version", "--version=1"})
    void versionIsOneLine(String flag) throws IOException, InterruptedException {
        try (Program program = Program.start(flag)) {
            assertVersion(program);
        }
    }

    @Test
    void theLauncherWorksThroughALinkFromAnotherDirectory() throws IOException, InterruptedException {
        Path target = Path.of("vmtestd.sh").toAbsolutePath();
        Path first = Files.createSymbolicLink(directory.resolve("vmtestd"), target);
        Files.createDirectory(directory.resolve("bin"));
        Path second = Files.createSymbolicLink(directory.resolve("bin/vmtestd"), Path.of("../vmtestd"));
        for (Path launcher : List.of(target, first, second)) {
            try (Program program = Program.start(launcher, directory, "--version")) {
                assertVersion(program);
            }
        }
        // JUnit warns of a link that leads out of its directory.
        Files.delete(first);
    }

    @Test
    void theLauncherWorksFromADirectoryWithSpacesInItsPath() throws IOException, InterruptedException {
        Path copy = copyWithoutImage(directory.resolve(" a directory  with 'spaces' "));
        try (Program program = Program.start(copy.resolve("vmtestd.sh"), directory, "--version")) {
            assertVersion(program);
        }
        Path link = Files.createSymbolicLink(directory.resolve("linked vmtestd"), copy.resolve("vmtestd.sh"));
        try (Program program = Program.start(link, Path.of("/"), "--version")) {
            assertVersion(program);
        }
    }

    @Test
    void theLauncherSaysWhatToRunIfNothingIsBuilt() throws IOException, InterruptedException {
        Path copy = Files.createDirectories(directory.resolve("fresh clone"));
        Path launcher = Files.copy(Path.of("vmtestd.sh"), copy.resolve("vmtestd.sh"), StandardCopyOption.COPY_ATTRIBUTES);
        try (Program program = Program.start(launcher, directory, "--once")) {
            assertEquals(3, program.awaitExit());
            assertEquals(List.of(), program.out());
            assertEquals(List.of("vmtestd: not built yet; run: make -C '" + copy + "' jar"), program.err());
        }
    }

    @TestFactory
    Stream<DynamicTest> everyModeWorks() throws IOException {
        String options = "export JAVA_TOOL_OPTIONS=-Xno JDK_JAVA_OPTIONS=-Xno _JAVA_OPTIONS=-Xno CLASSPATH=/nowhere _JAVA_LAUNCHER_DEBUG=1";
        return new AtOnce(directory)
                .begin("with options for other programs", home -> assertEveryModeWorks(home, "sh", "-c", options + "; exec \"$@\"", "sh"))
                .begin("with little address space", home -> assertEveryModeWorks(home, "sh", "-c", "ulimit -v 800000; exec \"$@\"", "sh"))
                .begin("without /dev/urandom", home -> assertEveryModeWorks(home, withMounts("mount -t tmpfs none /dev")))
                .tests();
    }

    private void assertEveryModeWorks(Path parent, String... wrapper) throws IOException, InterruptedException {
        for (Path launcher : List.of(LAUNCHER, copyWithoutImage(parent.resolve("copy")).resolve("vmtestd.sh"))) {
            Path home = Files.createDirectory(parent.resolve(launcher.equals(LAUNCHER) ? "image" : "jar"));
            try (EmbeddedBroker broker = new EmbeddedBroker(home.resolve("redis.sock"), null);
                    SimNode node = new SimNode(broker.url(), home)) {
                List<String> flags = flags(home, broker);
                try (Program daemon = start(launcher, flags, "--interval=1h", wrapper)) {
                    daemon.awaitLine(" info vm test passed ");
                    daemon.signal("TERM");
                    assertEquals(0, daemon.awaitExit(), daemon::toString);
                    assertEquals(List.of(), daemon.err());
                }
                for (String mode : MODES.subList(0, MODES.size() - 1)) {
                    try (Program program = start(launcher, flags, mode, wrapper)) {
                        assertEquals(0, program.awaitExit(), program::toString);
                        assertEquals(List.of(), program.err());
                    }
                }
                try (Program program = start(launcher, List.of(), "--version", wrapper)) {
                    assertVersion(program);
                }
                assertEquals(Set.of(), node.left());
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "rw-r--r-- | #!/bin/sh                             | 126 | Permission denied",
        "rwxr-xr-x | #!/nowhere/sh                         | 127 | not found",
        "rwxr-xr-x | #!/bin/sh\\necho A: a*; echo B >&2; exit 1 | 1   | A: a* B",
        "rwxr-xr-x | #!/bin/sh\\nkill -9 $$                | 137 | ''"})
    void aJvmThatDoesNotStart(String permissions, String java, int status, String reason) throws IOException, InterruptedException {
        Path launcher = copyWithJvm(java, permissions);
        for (String mode : MODES) {
            assertDoesNotStart(launcher.resolveSibling("image/bin/vmtestd"), status, reason, start(launcher, List.of(), mode));
        }
    }

    @Test
    void aJvmWithoutMemoryToStart() throws IOException, InterruptedException {
        Path java = LAUNCHER.resolveSibling("build/image/bin/vmtestd");
        for (String mode : MODES) {
            assertDoesNotStart(java, 1, "", start(LAUNCHER, List.of(), mode, "sh", "-c", "ulimit -v 60000; exec \"$@\"", "sh"));
        }
    }

    @Test
    void anImageThatMayNotBeExecuted() throws IOException, InterruptedException {
        Path image = LAUNCHER.resolveSibling("build/image");
        String[] wrapper = withMounts("mount --bind " + image + " " + image + " && mount -o remount,bind,noexec " + image);
        assertDoesNotStart(image.resolve("bin/vmtestd"), 126, "Permission denied", start(LAUNCHER, List.of(), "--once", wrapper));
    }

    @Test
    void aJvmThatIsGoneAfterItWasTried() throws IOException, InterruptedException {
        try (Program program = start(copyWithJvm("#!/bin/sh\\nrm \"$0\"", "rwxr-xr-x"), List.of(), "--once")) {
            assertEquals(3, program.awaitExit(), program::toString);
            assertEquals(List.of(), program.out());
            assertEquals(1, program.err().size(), program::toString);
        }
    }

    @Test
    void aQuitSignalPrintsNoThreadDump() throws IOException, InterruptedException {
        for (Path launcher : List.of(LAUNCHER, copyWithoutImage(directory.resolve("copy")).resolve("vmtestd.sh"))) {
            Path home = Files.createDirectory(directory.resolve(launcher.equals(LAUNCHER) ? "image" : "jar"));
            try (EmbeddedBroker broker = new EmbeddedBroker(home.resolve("redis.sock"), null);
                    SimNode node = new SimNode(broker.url(), home);
                    Program daemon = start(launcher, flags(home, broker), "--interval=1s")) {
                daemon.awaitLine(" info vm test passed ");
                daemon.signal("QUIT");
                daemon.awaitLine(" info vm test passed ");
                daemon.signal("TERM");
                assertEquals(0, daemon.awaitExit(), daemon::toString);
                assertEquals(List.of(), daemon.err());
                assertTrue(daemon.out().stream().allMatch(line -> line.matches("\\S+Z (info|warn|error) .*")), daemon::toString);
                assertEquals(Set.of(), node.left());
            }
        }
    }

    @Test
    void aCrashIsReportedOnStandardError() throws IOException, InterruptedException {
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("redis.sock"), null);
                SimNode node = new SimNode(broker.url(), directory);
                Program daemon = start(LAUNCHER, flags(directory, broker), "--interval=1h", "sh", "-c", "ulimit -c unlimited; exec \"$@\"", "sh")) {
            daemon.awaitLine(" info vm test passed ");
            daemon.signal("SEGV");
            assertEquals(128 + 6, daemon.awaitExit(), daemon::toString);
            assertTrue(daemon.err().contains("# A fatal error has been detected by the Java Runtime Environment:"), daemon::toString);
            assertTrue(daemon.err().stream().anyMatch(line -> line.startsWith("END.")), daemon::toString);
            try (Stream<Path> files = Files.list(directory)) {
                assertEquals(List.of(), files.filter(file -> file.getFileName().toString().matches("(core|hs_err).*")).toList());
            }
            assertEquals(Set.of(), node.left());
        }
    }

    private static List<String> flags(Path home, EmbeddedBroker broker) {
        return List.of("--root", home.resolve("root").toString(), "--broker", broker.url(), "--wait", "100ms");
    }

    /** A command that runs another one, with these mounts made for it alone. */
    private static String[] withMounts(String mounts) throws IOException, InterruptedException {
        assumeTrue(new ProcessBuilder("unshare", "-m", "true").start().waitFor() == 0, "mounts cannot be made here");
        return new String[] {"unshare", "-m", "sh", "-c", mounts + "; exec \"$@\"", "sh"};
    }

    private Path copyWithoutImage(Path copy) throws IOException {
        for (String file : List.of("vmtestd.sh", "build/vmtestd.jar", "build/lib/modular/msgpack.core.jar")) {
            Files.createDirectories(copy.resolve(file).getParent());
            Files.copy(Path.of(file), copy.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
        }
        return copy;
    }

    /** A launcher beside an image that is only this script in place of the JVM. */
    private Path copyWithJvm(String java, String permissions) throws IOException {
        Path file = directory.resolve("image/bin/vmtestd");
        Files.createDirectories(file.getParent());
        Files.writeString(file, java.replace("\\n", "\n") + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return Files.copy(LAUNCHER, directory.resolve("vmtestd.sh"), StandardCopyOption.COPY_ATTRIBUTES);
    }

    private Program start(Path launcher, List<String> flags, String mode, String... wrapper) throws IOException {
        List<String> command = new ArrayList<>(List.of(wrapper));
        command.add(launcher.toString());
        command.addAll(flags);
        command.add(mode);
        return Program.start(Path.of(command.get(0)), directory, command.subList(1, command.size()).toArray(String[]::new));
    }

    private static void assertDoesNotStart(Path java, int status, String reason, Program started) throws InterruptedException {
        try (Program program = started) {
            assertEquals(3, program.awaitExit(), program::toString);
            assertEquals(List.of(), program.out());
            assertEquals(1, program.err().size(), program::toString);
            String line = program.err().get(0);
            assertTrue(line.startsWith("vmtestd: " + java + " does not start (exit status " + status + "):"), line);
            assertTrue(line.contains(reason), line);
        }
    }

    private static void assertVersion(Program program) throws InterruptedException {
        assertEquals(0, program.awaitExit(), program::toString);
        assertEquals(List.of(), program.err());
        assertEquals(1, program.out().size(), program::toString);
        assertTrue(program.out().get(0).matches("vmtestd \\d+\\.\\d+\\.\\d+, commit (unknown|[0-9a-f]{12}(-dirty)?), (image|jar), OpenJDK .*VM .*"
                + Runtime.version().feature() + "\\..*"), program::toString);
    }
}
