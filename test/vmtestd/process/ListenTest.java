package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What may happen to a daemon's address, and to its files on disk, while it runs. */
class ListenTest extends NodeTest {
    private static final Path LAUNCHER = Path.of("vmtestd.sh").toAbsolutePath();

    @Test
    void anAddressIsOpenedOnceItCanBeUsed() throws IOException, InterruptedException {
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        String address = "127.0.0.1:" + taken.getLocalPort();
        try (taken; Program daemon = start(LAUNCHER, address)) {
            daemon.awaitLine(" error --listen " + address + ": .*; retrying every [0-9ms]+$");
            daemon.awaitLine("vm test passed");
            daemon.awaitLine("vm test passed");
            taken.close();
            daemon.awaitLine(" info listening address=" + address + "$");
            daemon.awaitLine("vm test passed");
            assertEquals(200, get(address, "/health"));
            end(daemon);
            assertEquals(1, daemon.out().stream().filter(line -> line.contains(" error ")).count(), daemon::toString);
            assertEquals(1, daemon.out().stream().filter(line -> line.contains(" listening ")).count(), daemon::toString);
        }
    }

    @Test
    void requestsAndRunsNeedNoFileOfTheRuntimeAnyMore() throws IOException, InterruptedException {
        Path image = directory.resolve("copy/image");
        copy(Path.of("build/image"), image);
        Path launcher = Files.copy(LAUNCHER, directory.resolve("copy/vmtestd.sh"), StandardCopyOption.COPY_ATTRIBUTES);
        try (Program daemon = start(launcher, "127.0.0.1:0")) {
            String address = daemon.awaitLine(" info listening address=").replaceAll(".*=", "");
            assertEquals(image.resolve("bin/vmtestd").toRealPath(), Path.of("/proc/" + daemon.pid() + "/exe").toRealPath());
            delete(image);
            for (String path : List.of("/metrics", "/status", "/health")) {
                assertEquals(200, get(address, path), path);
            }
            assertEquals(200, get(address, "/"));
            assertEquals(404, get(address, "/nothing"));
            daemon.awaitLine("vm test passed");
            daemon.awaitLine("vm test passed");
            end(daemon);
        }
        assertEquals(Set.of(), node.left());
    }

    private static void end(Program daemon) throws IOException, InterruptedException {
        daemon.signal("TERM");
        assertEquals(0, daemon.awaitExit(), daemon::toString);
        assertEquals(List.of(), daemon.err());
    }

    private static int get(String address, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + path)).timeout(Duration.ofSeconds(60)).build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }

    private Program start(Path launcher, String address) throws IOException {
        return Program.start(launcher, directory, "--broker", broker.url(), "--root", directory.resolve("root").toString(),
                "--wait", "0s", "--timeout", "30s", "--interval", "1s", "--listen", address);
    }
}
