package vmtestd.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.StepException;

/**
 * The files of an flist that a VM boots from, as upstream's provisiond looks for them.
 *
 * @param image {@code /image.raw}: the disk of a full VM; null for a container
 * @param imageSize bytes of the image; 0 where there is none
 * @param kernel {@code /boot/vmlinuz}; null where the flist brings none
 * @param initrd {@code /boot/initrd.img}; null where the flist brings none
 */
record BootFiles(Path image, long imageSize, Path kernel, Path initrd) {
    static BootFiles find(Path mount) throws StepException {
        Path image = file(mount, "/image.raw");
        return new BootFiles(image, image == null ? 0 : size(image), file(mount, "/boot/vmlinuz"), file(mount, "/boot/initrd.img"));
    }

    private static long size(Path image) throws StepException {
        try {
            return Files.size(image);
        } catch (IOException e) {
            throw new StepException(Cause.BAD_FLIST, "the size of " + image + " cannot be read: " + e.getMessage());
        }
    }

    /**
     * A regular file of an flist.
     *
     * @return its path on the node, free of links; null where the flist has nothing there
     * @throws StepException where something else is there, or it cannot be looked up
     */
    static Path file(Path mount, String path) throws StepException {
        try {
            Path found = ChrootPath.resolve(mount, path);
            if (found != null) {
                refuseAllButFiles(path, Files.readAttributes(found, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
            }
            return found;
        } catch (IOException e) {
            throw new StepException(Cause.BAD_FLIST, path + " in the flist cannot be looked up: " + e.getMessage());
        }
    }

    private static void refuseAllButFiles(String path, BasicFileAttributes attributes) throws StepException {
        if (attributes.isDirectory()) {
            throw new StepException(Cause.BAD_FLIST, path + " in the flist is a directory, where a file belongs");
        }
        if (!attributes.isRegularFile()) {
            throw new StepException(Cause.BAD_FLIST, path + " in the flist is a device, socket or FIFO, where a file belongs");
        }
    }
}
