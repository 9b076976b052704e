package vmtestd.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Resolves a path in an flist as under chroot: links, absolute or not, and {@code ..} never lead out of the mount. The
 * flist is untrusted, and a link to a device of the host must not hand that device to a VM.
 */
final class ChrootPath {
    /** As in Linux's own lookup. */
    static final int MAX_LINKS = 40;

    private ChrootPath() {}

    /**
     * Follows a path component by component.
     *
     * @param mount the mount point, whose own path may have links
     * @param path a path inside the mount that begins with a slash
     * @return a path below {@code mount} without links, or null if nothing is there
     * @throws IOException if there are too many links, or the file system fails
     */
    static Path resolve(Path mount, String path) throws IOException {
        Deque<String> ahead = new ArrayDeque<>(List.of(path.split("/")));
        Path here = mount;
        int links = 0;
        while (!ahead.isEmpty()) {
            String name = ahead.pop();
            if (name.isEmpty() || name.equals(".")) {
                continue;
            }
            if (name.equals("..")) {
                here = here.equals(mount) ? mount : here.getParent();
                continue;
            }
            Path next = here.resolve(name);
            BasicFileAttributes attributes;
            try {
                attributes = Files.readAttributes(next, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException e) {
                return null;
            }
            if (!attributes.isSymbolicLink()) {
                if (!attributes.isDirectory() && !ahead.isEmpty()) {
                    return null;
                }
                here = next;
                continue;
            }
            if (++links > MAX_LINKS) {
                throw new IOException("more than " + MAX_LINKS + " links");
            }
            String target = target(next);
            here = target.startsWith("/") ? mount : here;
            String[] names = target.split("/");
            for (int i = names.length - 1; i >= 0; i--) {
                ahead.push(names[i]);
            }
        }
        return here;
    }

    private static String target(Path link) throws IOException {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (InvalidPathException e) {
            throw new IOException("the target of a link is not a path in this locale", e);
        }
    }
}
