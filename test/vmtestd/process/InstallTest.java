package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.SimNode;

/** {@code make install}, {@code make uninstall} and {@code make dist}. */
class InstallTest {
    @TempDir
    private Path folder;

    private String make(String... args) throws IOException, InterruptedException {
        return output(Stream.concat(Stream.of("make", "-s"), Stream.of(args)).toArray(String[]::new));
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    private static Set<String> files(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(path -> !Files.isDirectory(path)).map(path -> root.relativize(path).toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void anUpgradeDoesNotDisturbARunningDaemon() throws Exception {
        Path root = folder.resolve("a root");
        make("install", "DESTDIR=" + root);
        Set<String> installed = files(root);
        Path launcher = root.resolve("usr/bin/vmtestd");
        Path old = root.resolve("usr/lib/vmtestd/vmtestd.sh");
        Files.writeString(old, Files.readString(old) + "# the old one\n");
        try (EmbeddedBroker broker = new EmbeddedBroker(folder.resolve("redis.sock"), null); SimNode node = new SimNode(broker.url(), folder);
                Program daemon = Program.start(launcher, Path.of("/"), "--broker", broker.url(), "--root", folder.resolve("files").toString(),
                        "--wait", "0s", "--interval", "1s")) {
            daemon.awaitLine(" info vm test passed ");
            make("install", "DESTDIR=" + root);
            assertTrue(Files.readString(Path.of("/proc/" + daemon.pid() + "/maps")).contains("libjvm.so (deleted)"));
            daemon.awaitLine(" info vm test passed ");
            daemon.awaitLine(" info vm test passed ");
            daemon.signal("TERM");
            assertEquals(0, daemon.awaitExit(), daemon::toString);
            assertEquals(List.of(), daemon.err());
            assertEquals(Set.of(), node.left());
        }
        assertEquals(Files.readString(Path.of("vmtestd.sh")), Files.readString(old));
        assertEquals(installed, files(root));
        try (Program version = Program.start(launcher, Path.of("/"), "--version")) {
            assertEquals(0, version.awaitExit(), version::toString);
        }
        make("uninstall", "DESTDIR=" + root);
        assertEquals(Set.of(), files(root));
    }

    @Test
    void anArchiveHasWhatInstallInstalls() throws Exception {
        Path archive = folder.resolve(make("dist").strip().replaceAll("(?s).*packed build/", ""));
        assertTrue(archive.getFileName().toString().matches("vmtestd-\\d+\\.\\d+\\.\\d+-linux-(amd64|arm64)\\.tar\\.gz"), archive::toString);
        output("sh", "-c", "cd build && sha256sum -c \"$1.sha256\" && cp \"$1\" \"$2\"", "sh", archive.getFileName().toString(), folder.toString());
        make("dist");
        output("cmp", archive.toString(), "build/" + archive.getFileName());

        make("dist", "SOURCE_DATE_EPOCH=1000000000");
        List<String> entries = output("tar", "--utc", "-tvzf", "build/" + archive.getFileName()).lines().toList();
        assertTrue(entries.stream().allMatch(entry -> entry.matches("\\S+ 0/0 +\\d+ 2001-09-09 01:46 .*")), entries::toString);

        Path root = Files.createDirectory(folder.resolve("root"));
        make("install", "DESTDIR=" + root);
        Path unpacked = Files.createDirectory(folder.resolve("unpacked"));
        output("tar", "-xzf", archive.toString(), "-C", unpacked.toString());
        output("diff", "-r", "--no-dereference", root.toString(), unpacked.toString());
    }

    @Test
    void whatIsShippedHasItsLicence() throws Exception {
        make("install", "DESTDIR=" + folder);
        output("tar", "-xzf", folder.resolve("usr/share/doc/vmtestd/licences.tar.gz").toString(), "-C", folder.toString());
        List<String> packages = Files.readAllLines(folder.resolve("libraries"));
        for (String library : files(folder.resolve("usr/lib/vmtestd/image/lib"))) {
            if (library.matches("lib.*\\.so\\.\\d+")) {
                String line = packages.stream().filter(each -> each.startsWith(library + ": ")).findFirst().orElse(library + " is missing");
                assertTrue(line.matches(".*: \\S+ \\S+, built from \\S+ \\S+"), line);
                assertTrue(Files.size(folder.resolve(line.replaceAll(".* built from (\\S+) .*", "$1"))) > 0, line);
            }
        }
        assertTrue(files(folder).containsAll(Set.of("LICENSE", "msgpack-core", "java.base/LICENSE", "GPL-3", "LGPL-2.1")), () -> packages.toString());
    }
}
