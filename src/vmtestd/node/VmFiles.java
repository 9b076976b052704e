package vmtestd.node;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The files that vmd leaves on a tmpfs for each VM (zosbase, pkg/vm/ch.go): {@code virtio-<name>-<n>.socket} and
 * {@code .socket.pid} of its virtiofsd, and after a crash {@code cloud-hypervisor/<name>}.
 *
 * @param directory {@code /var/run} on a node
 */
public record VmFiles(Path directory) {
    /**
     * Removes the files of a VM, which must have ended. Links are not followed.
     *
     * @throws IOException the first error, after all files were tried
     */
    public void removeThoseOf(String vm) throws IOException {
        IOException failure = remove(directory.resolve("cloud-hypervisor").resolve(vm), null);
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            for (Path file : all) {
                String name = file.getFileName().toString();
                if (ProcFs.isSocketOf(vm, name.endsWith(".pid") ? name.substring(0, name.length() - 4) : name)) {
                    failure = remove(file, failure);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (NoSuchFileException e) {
            // No VM has run.
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
}
