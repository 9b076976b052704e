package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
    private Path directory;

    private String make(String... args) throws IOException, InterruptedException {
        return output(Stream.concat(Stream.of("make", "-s"), Stream.of(args)).toArray(String[]::new));
    }

    private static String output(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // See dpkg-deb(1): compressing well takes most of the time.
        builder.environment().put("DPKG_DEB_COMPRESSOR_LEVEL", "0");
        Process process = builder.start();
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
        Path root = directory.resolve("a root");
        make("install", "DESTDIR=" + root);
        Set<String> installed = files(root);
        Path launcher = root.resolve("usr/bin/vmtestd");
        Path old = root.resolve("usr/lib/vmtestd/vmtestd.sh");
        Files.writeString(old, Files.readString(old) + "# the old one\n");
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("redis.sock"), null); SimNode node = new SimNode(broker.url(), directory);
                Program daemon = Program.start(launcher, Path.of("/"), "--broker", broker.url(), "--root", directory.resolve("files").toString(),
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
    void anArchiveHasWhatInstallInstallsAndTheLicencesOfAllOfIt() throws Exception {
        String name = make("dist", "SOURCE_DATE_EPOCH=1000000000").strip().replaceAll("(?s).*packed build/", "");
        assertTrue(name.matches("vmtestd-\\d+\\.\\d+\\.\\d+-linux-(amd64|arm64)\\.tar\\.gz"), name);
        Path archive = Path.of("build").resolve(name);
        output("sh", "-c", "cd build && sha256sum -c \"$1.sha256\"", "sh", name);
        Path first = Files.copy(archive, directory.resolve(name));
        make("dist", "SOURCE_DATE_EPOCH=1000000000");
        output("cmp", first.toString(), archive.toString());
        List<String> entries = output("tar", "--utc", "-tvzf", archive.toString()).lines().toList();
        assertTrue(entries.stream().allMatch(entry -> entry.matches("\\S+ 0/0 +\\d+ 2001-09-09 01:46 .*")), entries::toString);

        Path unpacked = Files.createDirectory(directory.resolve("unpacked"));
        output("tar", "-xzf", archive.toString(), "-C", unpacked.toString());
        Path root = Files.createDirectory(directory.resolve("root"));
        make("install", "SOURCE_DATE_EPOCH=1000000000", "DESTDIR=" + root);
        output("diff", "-r", "--no-dereference", root.toString(), unpacked.toString());

        Path licences = Files.createDirectory(directory.resolve("licences"));
        output("tar", "-xzf", unpacked.resolve("usr/share/doc/vmtestd/licences.tar.gz").toString(), "-C", licences.toString());
        List<String> packages = Files.readAllLines(licences.resolve("libraries"));
        for (String library : files(unpacked.resolve("usr/lib/vmtestd/image/lib"))) {
            if (library.matches("lib.*\\.so\\.\\d+")) {
                String line = packages.stream().filter(each -> each.startsWith(library + ": ")).findFirst().orElse(library + " is missing");
                assertTrue(line.matches(".*: \\S+ \\S+, built from \\S+ \\S+"), line);
                assertTrue(Files.size(licences.resolve(line.replaceAll(".* built from (\\S+) .*", "$1"))) > 0, line);
            }
        }
        Set<String> names = files(licences);
        assertTrue(names.containsAll(Set.of("LICENSE", "msgpack-core", "java.base/LICENSE", "LGPL-2.1")), names::toString);
        // Some JDKs need none of GCC's libraries.
        assertEquals(Files.exists(unpacked.resolve("usr/lib/vmtestd/image/lib/libgcc_s.so.1")), names.contains("GPL-3"), names::toString);
    }

    @Test
    void aDebianPackageHasAUnitForSystemd() throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/bin/dpkg-deb")), "no dpkg-deb");
        make("deb");
        output("sh", "-c", "dpkg-deb -x build/vmtestd_*.deb \"$1\"", "sh", directory.toString());
        Set<String> files = files(directory);
        assertTrue(files.contains("lib/systemd/system/vmtestd.service"), files::toString);
        assertTrue(files.stream().noneMatch(file -> file.startsWith("etc/")), files::toString);
        try (Program version = Program.start(directory.resolve("usr/bin/vmtestd"), Path.of("/"), "--version")) {
            assertEquals(0, version.awaitExit(), version::toString);
        }
    }
}
