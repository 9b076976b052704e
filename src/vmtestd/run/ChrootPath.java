package vmtestd.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.StepException;

/**
 * Resolves a path in an flist as under chroot: links, absolute or not, and {@code ..} never lead out of the mount. The
 * flist is untrusted, and a link to a device of the host must not hand that device to a VM.
 */
final class ChrootPath {
    /** As in Linux's own lookup. */
    static final int MAX_LINKS = 40;

    private ChrootPath() {}

    /**
     * Looks for a regular file of an flist.
     *
     * @return its path on the node, free of links, or null if nothing is there
     * @throws StepException if something else is there, or it cannot be looked up
     */
    static Path regularFile(Path mount, String path) throws StepException {
        try {
            Path found = resolve(mount, path);
            BasicFileAttributes attributes = found == null ? null : attributes(found);
            if (attributes != null && !attributes.isRegularFile()) {
                throw new StepException(Cause.BAD_FLIST, path + " in the flist is a "
                        + (attributes.isDirectory() ? "directory" : "device, socket or FIFO") + ", where a file belongs");
            }
            return found;
        } catch (IOException e) {
            throw new StepException(Cause.BAD_FLIST, path + " in the flist cannot be looked up: " + e.getMessage());
        }
    }

    /**
     * Follows a path component by component.
     *
     * @param mount the mount point, normalized; its own path may have links
     * @param path a path inside the mount
     * @return a path below {@code mount} without links, or null if nothing is there
     * @throws IOException if there are too many links, or the file system fails
     */
    static Path resolve(Path mount, String path) throws IOException {
        Deque<Path> ahead = new ArrayDeque<>();
        Path.of(path).forEach(ahead::add);
        Path here = mount;
        int links = 0;
        while (!ahead.isEmpty()) {
            Path next = here.resolve(ahead.pop()).normalize();
            if (next.getNameCount() <= mount.getNameCount()) {
                here = mount;
                continue;
            }
            BasicFileAttributes attributes;
            try {
                attributes = attributes(next);
            } catch (NoSuchFileException e) {
                return null;
            }
            if (attributes.isSymbolicLink()) {
                if (++links > MAX_LINKS) {
                    throw new IOException("more than " + MAX_LINKS + " links");
                }
                Path target = Files.readSymbolicLink(next);
                here = target.isAbsolute() ? mount : here;
                for (int i = target.getNameCount() - 1; i >= 0; i--) {
                    ahead.push(target.getName(i));
                }
            } else if (!attributes.isDirectory() && !ahead.isEmpty()) {
                return null;
            } else {
                here = next;
            }
        }
        return here;
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }
}
