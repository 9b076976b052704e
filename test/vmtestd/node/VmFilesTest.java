package vmtestd.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmFilesTest {
    private static final String VM = "test-vm-17";

    @TempDir
    Path run;

    private void make(String... names) throws IOException {
        for (String name : names) {
            Path file = run.resolve(name);
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        }
    }

    private Set<String> names() throws IOException {
        try (Stream<Path> all = Files.walk(run)) {
            return new TreeSet<>(all.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                    .map(path -> run.relativize(path).toString()).toList());
        }
    }

    @Test
    void removesWhatVmdLeavesOfThisVmAndNothingElse() throws Exception {
        String[] others = {
            "redis.sock", "virtio-test-vm-1-0.socket", "virtio-test-vm-171-0.socket", "virtio-test-vm-17-0.socket.lock",
            "virtio-test-vm-17-.socket", "virtio-test-vm-17-x.socket", "virtio-test-vm-17-0-1.socket", "virtio-test-vm-17-0.pid",
            "xvirtio-test-vm-17-0.socket", "virtio-test-vm-17.socket", "virtio-test-vm-17-socket",
            "virtio-test-vm-17-10.socket", "cloud-hypervisor/test-vm-1", "cloud-hypervisor/test-vm-171"};
        make(others);
        make("virtio-test-vm-17-0.socket", "virtio-test-vm-17-0.socket.pid", "cloud-hypervisor/test-vm-17");
        new Node(null, run, run).removeFilesOf(VM);
        assertEquals(new TreeSet<>(Set.of(others)), names());
    }

    @Test
    void removesALinkAndNotItsTarget() throws Exception {
        make("target");
        Files.createSymbolicLink(run.resolve("virtio-test-vm-17-0.socket"), run.resolve("target"));
        new Node(null, run, run).removeFilesOf(VM);
        assertEquals(Set.of("target"), names());
    }

    @Test
    void aNodeWithoutTheDirectoryHasNothingToRemove() throws Exception {
        new Node(null, run, run.resolve("none")).removeFilesOf(VM);
    }
}
