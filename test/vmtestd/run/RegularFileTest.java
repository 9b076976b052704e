package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.StepException;

/** The files of an flist that a VM boots from. */
class RegularFileTest {
    @TempDir
    Path mount;

    @Test
    void isFoundIfItIsThere() throws Exception {
        assertNull(ChrootPath.regularFile(mount, "/boot/vmlinuz"));
        Path kernel = file("/boot/vmlinuz");
        assertEquals(kernel, ChrootPath.regularFile(mount, "/boot/vmlinuz"));
        assertNull(ChrootPath.regularFile(mount, "/boot/initrd.img"));
    }

    @Test
    void isFreeOfLinks() throws Exception {
        Path kernel = file("/boot/vmlinuz-5.15");
        Path initrd = file("/usr/lib/initrd");
        Files.createSymbolicLink(mount.resolve("boot/vmlinuz"), Path.of("/boot/vmlinuz-5.15"));
        Files.createSymbolicLink(mount.resolve("boot/initrd.img"), Path.of("../lib/initrd"));
        Files.createSymbolicLink(mount.resolve("lib"), Path.of("usr/lib"));
        assertEquals(kernel, ChrootPath.regularFile(mount, "/boot/vmlinuz"));
        assertEquals(initrd, ChrootPath.regularFile(mount, "/boot/initrd.img"));
    }

    @Test
    void isNoneWhereALinkLeadsNowhere() throws Exception {
        Files.createSymbolicLink(mount.resolve("image.raw"), Path.of("/dev/null"));
        assertNull(ChrootPath.regularFile(mount, "/image.raw"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/image.raw", "/boot/vmlinuz", "/boot/initrd.img"})
    void refusesADirectory(String path) throws Exception {
        Files.createDirectories(inside(path));
        assertRefused(path, path + " in the flist is a directory, where a file belongs");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/image.raw", "/boot/vmlinuz", "/boot/initrd.img"})
    void refusesAFifo(String path) throws Exception {
        Files.createDirectories(inside(path).getParent());
        assertEquals(0, new ProcessBuilder("mkfifo", inside(path).toString()).inheritIO().start().waitFor());
        assertRefused(path, path + " in the flist is a device, socket or FIFO, where a file belongs");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/image.raw", "/boot/vmlinuz", "/boot/initrd.img"})
    void refusesASocket(String path) throws Exception {
        Files.createDirectories(inside(path).getParent());
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(inside(path)));
            assertRefused(path, path + " in the flist is a device, socket or FIFO, where a file belongs");
        }
    }

    @Test
    void refusesALinkToADirectory() throws Exception {
        Files.createDirectories(mount.resolve("boot"));
        Files.createSymbolicLink(mount.resolve("boot/vmlinuz"), Path.of("/"));
        assertRefused("/boot/vmlinuz", "/boot/vmlinuz in the flist is a directory, where a file belongs");
    }

    @Test
    void refusesALinkThatLeadsInACircle() throws Exception {
        Files.createSymbolicLink(mount.resolve("image.raw"), Path.of("image.raw"));
        assertRefused("/image.raw", "/image.raw in the flist cannot be looked up: more than 40 links");
    }

    private void assertRefused(String path, String message) {
        StepException e = assertThrows(StepException.class, () -> ChrootPath.regularFile(mount, path));
        assertEquals(message, e.getMessage());
        assertEquals(Cause.BAD_FLIST, e.cause());
    }

    private Path file(String path) throws IOException {
        Files.createDirectories(inside(path).getParent());
        return Files.createFile(inside(path));
    }

    private Path inside(String path) {
        return mount.resolve(path.substring(1));
    }
}
