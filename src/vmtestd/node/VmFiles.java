package vmtestd.node;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The files that vmd leaves of each VM on a tmpfs (zosbase, pkg/vm/ch.go): {@code virtio-<name>-<n>.socket} and
 * {@code .socket.pid} of its virtiofsd, and after a crash the hypervisor's {@code cloud-hypervisor/<name>}.
 *
 * @param directory {@code /var/run} on a node
 */
public record VmFiles(Path directory) {
    /**
     * Removes the files of one VM, which must be gone. No link is followed.
     *
     * @throws IOException the first failure, once every other file has been tried
     */
    public void removeThoseOf(String vm) throws IOException {
        IOException failure = remove(directory.resolve("cloud-hypervisor").resolve(vm), null);
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            for (Path file : all) {
                if (isSocketOf(vm, file.getFileName().toString())) {
                    failure = remove(file, failure);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (NoSuchFileException e) {
            // No directory, so no VM has left anything there.
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static IOException remove(Path file, IOException earlier) {
        try {
            Files.deleteIfExists(file);
            return earlier;
        } catch (IOException e) {
            return earlier == null ? e : earlier;
        }
    }

    /** Whether a file is virtio-NAME-DIGITS.socket or that with .pid behind it. */
    private static boolean isSocketOf(String vm, String file) {
        String head = "virtio-" + vm + "-";
        String tail = file.endsWith(".pid") ? ".socket.pid" : ".socket";
        if (file.length() <= head.length() + tail.length() || !file.startsWith(head) || !file.endsWith(tail)) {
            return false;
        }
        for (int i = head.length(); i < file.length() - tail.length(); i++) {
            if (file.charAt(i) < '0' || file.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }
}
