package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher, wherever it stands and however it is called; no JVM has a word to say on stderr. */
class LauncherTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"--version", "-version", "--version=1"})
    void versionIsOneLine(String flag) throws IOException, InterruptedException {
        try (Program program = Program.start(flag)) {
            assertVersion(program);
        }
    }

    @Test
    void theLauncherWorksThroughALinkFromAnotherFolder() throws IOException, InterruptedException {
        Path target = Path.of("vmtestd.sh").toAbsolutePath();
        Path first = Files.createSymbolicLink(folder.resolve("vmtestd"), target);
        Files.createDirectory(folder.resolve("bin"));
        Path second = Files.createSymbolicLink(folder.resolve("bin/vmtestd"), Path.of("../vmtestd"));
        for (Path launcher : List.of(target, first, second)) {
            try (Program program = Program.start(launcher, folder, "--version")) {
                assertVersion(program);
            }
        }
        // JUnit warns of a link that leads out of its folder.
        Files.delete(first);
    }

    @Test
    void theLauncherWorksFromAFolderWithSpacesInItsPath() throws IOException, InterruptedException {
        Path copy = Files.createDirectories(folder.resolve(" a folder  with 'spaces' "));
        for (String file : List.of("vmtestd.sh", "build/vmtestd.jar", "build/lib/modular/msgpack.core.jar")) {
            Files.createDirectories(copy.resolve(file).getParent());
            Files.copy(Path.of(file), copy.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
        }
        try (Program program = Program.start(copy.resolve("vmtestd.sh"), folder, "--version")) {
            assertVersion(program);
        }
        Path link = Files.createSymbolicLink(folder.resolve("linked vmtestd"), copy.resolve("vmtestd.sh"));
        try (Program program = Program.start(link, Path.of("/"), "--version")) {
            assertVersion(program);
        }
    }

    @Test
    void theLauncherSaysWhatToRunWhereNothingIsBuilt() throws IOException, InterruptedException {
        Path copy = Files.createDirectories(folder.resolve("fresh clone"));
        Path launcher = Files.copy(Path.of("vmtestd.sh"), copy.resolve("vmtestd.sh"), StandardCopyOption.COPY_ATTRIBUTES);
        try (Program program = Program.start(launcher, folder, "--once")) {
            assertEquals(3, program.awaitExit());
            assertEquals(List.of(), program.out());
            assertEquals(List.of("vmtestd: not built yet; run: make -C '" + copy + "' jar"), program.err());
        }
    }

    private static void assertVersion(Program program) throws InterruptedException {
        assertEquals(0, program.awaitExit(), program::toString);
        assertEquals(List.of(), program.err());
        assertEquals(1, program.out().size(), program::toString);
        assertTrue(program.out().get(0).matches("vmtestd \\d+\\.\\d+\\.\\d+"), program::toString);
    }
}
