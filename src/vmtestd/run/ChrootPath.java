package vmtestd.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/**
 * A path inside an flist, looked up as under chroot: a link, absolute or not, and {@code ..} never
 * lead out of the mount. The flist is untrusted; a link to a device of the host must not hand that
 * device to a VM.
 */
final class ChrootPath {
    /** The most links on the way, as in Linux's own lookup. */
    static final int MAX_LINKS = 40;

    private ChrootPath() {}

    /**
     * Follows a path, component by component.
     *
     * @param mount the mount point; links on the way to it are the host's and are not looked at
     * @param path a path inside, beginning with a slash
     * @return where it leads, below {@code mount}, with no link left in it; null where nothing is there
     * @throws IOException where there are too many links, or the file system fails
     */
    static Path resolve(Path mount, String path) throws IOException {
        Deque<String> ahead = new ArrayDeque<>(components(path));
        List<String> done = new ArrayList<>();
        int links = 0;
        while (!ahead.isEmpty()) {
            String name = ahead.pop();
            if (name.isEmpty() || name.equals(".")) {
                continue;
            }
            if (name.equals("..")) {
                if (!done.isEmpty()) {
                    done.remove(done.size() - 1);
                }
                continue;
            }
            done.add(name);
            Path here = below(mount, done);
            BasicFileAttributes attributes;
            try {
                attributes = Files.readAttributes(here, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException e) {
                return null;
            }
            if (attributes.isSymbolicLink()) {
                if (++links > MAX_LINKS) {
                    throw new IOException("more than " + MAX_LINKS + " links");
                }
                String target = target(here);
                done.remove(done.size() - 1);
                if (target.startsWith("/")) {
                    done.clear();
                }
                List<String> names = components(target);
                Collections.reverse(names);
                for (String each : names) {
                    ahead.push(each);
                }
            } else if (!attributes.isDirectory() && !ahead.isEmpty()) {
                return null;
            }
        }
        return below(mount, done);
    }

    private static String target(Path link) throws IOException {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (InvalidPathException e) {
            throw new IOException("a link whose target is no path in this locale", e);
        }
    }

    private static List<String> components(String path) {
        return new ArrayList<>(List.of(path.split("/")));
    }

    private static Path below(Path mount, List<String> names) {
        Path path = mount;
        for (String name : names) {
            path = path.resolve(name);
        }
        return path;
    }
}
