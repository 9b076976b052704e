package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code image/vm.sh} does before it builds anything, with a JDK and a distribution that are made up. */
class MinimalVmTest {
    private static final Path SCRIPT = Path.of("image/vm.sh").toAbsolutePath();
    private static final String VERSION = "17.0.19+10-1-deb12u2-Debian";

    @TempDir
    private Path directory;
    private Path jdk;
    private Path kept;
    private Path commands;

    private record Said(int status, String out, String err) {}

    @BeforeEach
    void makeUpAJdk() throws IOException {
        jdk = Files.createDirectories(directory.resolve("jdk"));
        kept = directory.resolve("vm");
        commands = Files.createDirectories(directory.resolve("commands"));
        script(jdk.resolve("bin/java"), "echo '    java.runtime.version = " + VERSION + "' >&2");
        for (String command : List.of("cat", "sed", "sort", "mkdir", "rm", "tr", "find", "basename", "dirname", "grep", "mktemp", "tail", "wc")) {
            script(commands.resolve(command), "exec /usr/bin/" + command + " \"$@\"");
        }
        script(commands.resolve("dpkg-query"), "echo 'install ok installed'");
        script(commands.resolve("id"), "echo 0");
    }

    @Test
    void aJdkWithAMinimalVmIsUsedAsItIs() throws IOException, InterruptedException {
        Files.createDirectories(jdk.resolve("jmods"));
        Files.createFile(jdk.resolve("jmods/java.base.jmod"));
        script(jdk.resolve("bin/jmod"), "echo lib/server/libjvm.so; echo lib/minimal/libjvm.so");
        assertEquals(new Said(0, "minimal\n", ""), run());
    }

    @Test
    void aVmThatWasBuiltBeforeIsUsed() throws IOException, InterruptedException {
        Files.createDirectories(jdk.resolve("jmods"));
        Files.createFile(jdk.resolve("jmods/java.base.jmod"));
        script(jdk.resolve("bin/jmod"), "echo lib/server/libjvm.so");
        Path built = kept.resolve(VERSION).resolve("serialgc,opt-size,link-time-opt/libjvm.so");
        Files.createDirectories(built.getParent());
        Files.createFile(built);
        assertEquals(new Said(0, built + "\n", ""), run());
    }

    @Test
    void aDistributionWithoutAptIsNamed() throws IOException, InterruptedException {
        assertEquals(new Said(1, "", "VM=minimal: the VM is built from a Debian source package, and apt-get is missing\n"), run());
    }

    @Test
    void withoutRootItSaysWhatToInstall() throws IOException, InterruptedException {
        script(commands.resolve("apt-get"), "exit 1");
        script(commands.resolve("id"), "echo 1000");
        script(commands.resolve("dpkg-query"), "[ \"$4\" = autoconf ] || [ \"$4\" = zip ] || echo 'install ok installed'");
        assertEquals(new Said(1, "", "VM=minimal: packages are missing; run: sudo apt-get install --no-install-recommends autoconf zip\n"), run());
    }

    @Test
    void anotherVersionIsNotTaken() throws IOException, InterruptedException {
        distributionHas("17.0.15+6-1~deb12u1", "17.0.19+10-1~deb12u1");
        Said said = run();
        assertEquals(1, said.status, said::toString);
        assertTrue(said.err.contains("VM=minimal: VM and JDK must have the same version. The JDK in " + jdk + " is " + VERSION
                + "; openjdk-17 has sources of: 17.0.15+6-1~deb12u1 17.0.19+10-1~deb12u1 (install a JDK of one of them: "
                + "apt-get install openjdk-17-jdk-headless=VERSION openjdk-17-jre-headless=VERSION)"), said::toString);
        assertLeftNothing();
    }

    @Test
    void theVersionOfTheJdkIsTakenHoweverItIsWritten() throws IOException, InterruptedException {
        for (String version : List.of(VERSION, "17.0.19+10-Debian-1deb12u2")) {
            script(jdk.resolve("bin/java"), "echo '    java.runtime.version = " + version + "' >&2");
            distributionHas("17.0.15+6-1~deb12u1", "17.0.19+10-1~deb12u2");
            Said said = run();
            assertEquals(1, said.status, said::toString);
            assertTrue(said.err.contains("fetching openjdk-17 17.0.19+10-1~deb12u2"), said::toString);
            assertTrue(said.err.endsWith("VM=minimal: the source of openjdk-17 17.0.19+10-1~deb12u2 cannot be fetched; "
                    + "available sources: 17.0.15+6-1~deb12u1 17.0.19+10-1~deb12u2\n"), said::toString);
            assertLeftNothing();
        }
    }

    /** A distribution that names these versions, and then has none of them. */
    private void distributionHas(String... versions) throws IOException {
        script(commands.resolve("apt-get"), "for word; do [ \"$word\" != source ] || exit 100; done");
        script(commands.resolve("apt-cache"), "printf 'Version: %s\\n' " + String.join(" ", versions));
    }

    private void assertLeftNothing() throws IOException {
        try (Stream<Path> files = Files.list(kept)) {
            assertEquals(List.of(), files.toList());
        }
    }

    private static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Said run() throws IOException, InterruptedException {
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", SCRIPT.toString(), jdk.toString(), kept.toString())
                .redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("PATH", commands.toString());
        Process process = builder.start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("no end; " + Files.readString(err));
        }
        return new Said(process.exitValue(), Files.readString(out), Files.readString(err));
    }
}
