package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.SimGuest;
import vmtestd.sim.SimNode;

/**
 * vmtestd in a root that has nothing but busybox and what {@code make install} puts there: no C library, no {@code /etc}, no
 * locale. Such a root is less than a node has.
 */
class EmptyRootTest {
    private static final List<String> APPLETS = List.of("sh", "env", "readlink", "dirname", "stty", "cut", "cat", "tar", "gzip", "sed", "setsid");

    @TempDir
    Path root;

    private RealRedis redis;
    private SimNode node;
    private Path launcher;

    @BeforeEach
    void install() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "chroot needs root");
        run("make", "-s", "install", "DESTDIR=" + root);
        Files.createDirectory(root.resolve("bin"));
        run("sh", "-c", "cp \"$(command -v busybox)\" \"$1/bin/\"", "sh", root.toString());
        for (String applet : APPLETS) {
            Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
        }
        for (String directory : List.of("proc", "dev", "run", "tmp", "node")) {
            Files.createDirectory(root.resolve(directory));
        }
        // The node's paths lead to the same files inside.
        Files.createDirectories(root.resolve("." + root.getParent()));
        Files.createSymbolicLink(root.resolve("." + root), Path.of("/"));
        launcher = Files.writeString(root.resolve("enter"), """
                #!/bin/sh
                exec unshare -m sh -c 'mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" /bin/env -i \\
                    PATH=/bin:/usr/bin LD_PRELOAD=/none.so LD_LIBRARY_PATH=/foreign "$@"' '%s' "$@"
                """.formatted(root));
        assertTrue(launcher.toFile().setExecutable(true));
        assumeTrue(canMount(), "mounts are refused here");
        redis = new RealRedis(root.resolve("run"));
        node = new SimNode("unix://" + root.resolve("run/redis.sock"), root.resolve("node"));
    }

    private static boolean canMount() throws Exception {
        return new ProcessBuilder("unshare", "-m", "true").start().waitFor() == 0;
    }

    @AfterEach
    void stop() throws Exception {
        if (node != null) {
            node.close();
        }
        if (redis != null) {
            redis.close();
        }
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES), () -> "does not end: " + List.of(command));
        assertEquals(0, process.exitValue(), () -> String.join(" ", command));
    }

    private Program enter(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of("/usr/bin/vmtestd"));
        command.addAll(List.of(args));
        return Program.start(launcher, root, command.toArray(String[]::new));
    }

    private Program onNode(String... args) throws IOException {
        List<String> all = new ArrayList<>(List.of("--broker", "unix:///run/redis.sock", "--root", "/tmp/root", "--wait", "0s"));
        all.addAll(List.of(args));
        return enter(all.toArray(String[]::new));
    }

    private static void assertExit(int status, String lastLine, Program program) throws InterruptedException {
        assertEquals(status, program.awaitExit(), program::toString);
        List<String> out = program.out();
        assertTrue(out.get(out.size() - 1).matches(lastLine), program::toString);
        assertEquals(List.of(), program.err());
    }

    @Test
    void everyModeWorks() throws Exception {
        try (Program version = enter("--version"); Program check = onNode("--check"); Program once = onNode("--once")) {
            assertExit(0, "vmtestd \\d.*", version);
            assertExit(0, "a run could start.*", check);
            assertExit(0, "PASSED in .*", once);
        }
        try (Program daemon = onNode("--interval", "1h", "--listen", "127.0.0.1:0")) {
            String address = daemon.awaitLine(" info listening address=").replaceAll(".*=", "");
            String metrics = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create("http://" + address + "/metrics")).build(),
                    BodyHandlers.ofString()).body();
            assertTrue(metrics.contains("vmtestd_build_info"), metrics);
            assertEquals("vmtestd", Files.readString(Path.of("/proc/" + daemon.pid() + "/comm")).strip());
            node.awaitIdle();
            daemon.signal("TERM");
            assertExit(0, ".* info vmtestd stopped", daemon);
        }
        assertEquals(Set.of(), node.left());
    }

    @Test
    void theLinesOfTheReadmeWork() throws Exception {
        run("tar", "-czf", root.resolve("vmtestd-1.tar.gz").toString(), "-C", root.toString(), "usr", "etc");
        run("rm", "-r", root.resolve("usr").toString(), root.resolve("etc").toString());
        Files.createDirectories(root.resolve("var/cache/modules"));
        Files.createSymbolicLink(root.resolve("var/run"), Path.of("../run"));
        Path zinit = Files.writeString(root.resolve("bin/zinit"), """
                #!/bin/sh
                setsid $(sed -n 's/^exec: //p' "/etc/zinit/$2.yaml") </dev/null >/log 2>&1 &
                echo $! >/pid
                """);
        assertTrue(zinit.toFile().setExecutable(true));
        String onANode = Files.readString(Path.of("README.md")).split("## On a node\n\n")[1].split("\n\n")[0];
        List<String> results = new ArrayList<>();
        for (String line : onANode.lines().toList()) {
            try (Program program = Program.start(launcher, root, "/bin/sh", "-c", line)) {
                assertEquals(0, program.awaitExit(), program::toString);
                results.addAll(program.out());
            }
            if (line.contains("zinit monitor")) {
                awaitLog(" info vm test passed ");
            }
        }
        assertEquals(5, onANode.lines().count());
        assertTrue(results.stream().anyMatch(line -> line.startsWith("a run could start")), results::toString);
        assertTrue(results.stream().anyMatch(line -> line.startsWith("PASSED in ")), results::toString);
        assertTrue(results.stream().anyMatch(line -> line.startsWith("state     healthy")), results::toString);
        run("kill", Files.readString(root.resolve("pid")).strip());
        awaitLog(" info vmtestd stopped");
        assertEquals(Set.of(), node.left());
    }

    private void awaitLog(String words) throws Exception {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!Files.readString(root.resolve("log")).contains(words)) {
            assertTrue(System.nanoTime() < until, () -> words + " is not in the log");
            Thread.sleep(50);
        }
    }

    @Test
    void theNodesLibrariesAndLoaderFilesHaveNoEffect() throws Exception {
        Files.createDirectory(root.resolve("foreign"));
        for (String library : List.of("libc.so.6", "libm.so.6", "libz.so.1")) {
            Files.writeString(root.resolve("foreign").resolve(library), "of another system\n");
        }
        Files.copy(Path.of("/etc/ld.so.cache"), root.resolve("etc/ld.so.cache"));
        Files.writeString(root.resolve("etc/ld.so.preload"), "/foreign/libc.so.6\n");
        try (Program check = onNode("--check")) {
            assertExit(0, "a run could start.*", check);
        }
    }

    @Test
    void aGuestsConsoleIsReadByBusyboxsCat() throws Exception {
        node.proc().guest(SimGuest.NO_INIT);
        try (Program once = onNode("--once", "--boot-timeout", "5s", "--procfs", "/node/proc")) {
            assertEquals(1, once.awaitExit(), once::toString);
            assertTrue(once.out().stream().anyMatch(line -> line.contains("/sbin/init does not exist")), once::toString);
        }
        assertEquals(Set.of(), node.left());
    }
}
