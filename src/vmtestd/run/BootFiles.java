package vmtestd.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.StepException;

/**
 * The files of an flist that a VM boots from, as ZOS's provisiond looks for them. Each is null if the flist does not have it.
 *
 * @param image {@code /image.raw}, the disk of a full VM; a container has none
 * @param imageSize bytes; 0 if there is no image
 * @param kernel {@code /boot/vmlinuz}
 * @param initrd {@code /boot/initrd.img}
 */
record BootFiles(Path image, long imageSize, Path kernel, Path initrd) {
    static final String IMAGE = "/image.raw";

    static BootFiles find(Path mount) throws StepException, IOException {
        Path image = file(mount, IMAGE);
        return new BootFiles(image, image == null ? 0 : Files.size(image), file(mount, "/boot/vmlinuz"), file(mount, "/boot/initrd.img"));
    }

    /**
     * Looks for a regular file of an flist.
     *
     * @return its path on the node, free of links, or null if nothing is there
     * @throws StepException if something else is there, or it cannot be looked up
     */
    static Path file(Path mount, String path) throws StepException {
        try {
            Path found = ChrootPath.resolve(mount, path);
            if (found != null) {
                BasicFileAttributes attributes = Files.readAttributes(found, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (!attributes.isRegularFile()) {
                    throw new StepException(Cause.BAD_FLIST, path + " in the flist is a "
                            + (attributes.isDirectory() ? "directory" : "device, socket or FIFO") + ", where a file belongs");
                }
            }
            return found;
        } catch (IOException e) {
            throw new StepException(Cause.BAD_FLIST, path + " in the flist cannot be looked up: " + e.getMessage());
        }
    }
}
