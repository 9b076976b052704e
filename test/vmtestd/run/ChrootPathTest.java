package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChrootPathTest {
    @TempDir
    Path directory;
    private Path mount;

    @BeforeEach
    void mount() throws IOException {
        mount = Files.createDirectories(directory.resolve("host/mount"));
        Files.createDirectories(mount.resolve("boot/deep"));
        Files.createFile(mount.resolve("boot/vmlinuz-5"));
        Files.createFile(mount.resolve("top"));
        Files.createFile(directory.resolve("host/secret"));
    }

    @ParameterizedTest
    @CsvSource({
        "/, ''", "/top, top", "top, top", "/boot/vmlinuz-5, boot/vmlinuz-5", "/boot/deep, boot/deep", "/boot/, boot",
        "//boot///vmlinuz-5, boot/vmlinuz-5", "/./boot/./vmlinuz-5, boot/vmlinuz-5", "/boot/../top, top",
        "/boot/deep/../../top, top", "/../../../top, top", "/.., ''"})
    void followsAPathWithoutLinks(String path, String found) throws IOException {
        assertEquals(mount.resolve(found), ChrootPath.resolve(mount, path));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/none", "/none/../top", "/boot/none", "/top/x", "/../secret", "/boot/../../secret"})
    void findsNothingIfThereIsNothing(String path) throws IOException {
        assertNull(ChrootPath.resolve(mount, path));
    }

    /** A link in {@code /boot}, and what is found behind it. */
    @ParameterizedTest
    @CsvSource({
        "vmlinuz-5, boot/vmlinuz-5", "./vmlinuz-5, boot/vmlinuz-5", "/boot/vmlinuz-5, boot/vmlinuz-5", "/top, top",
        "../top, top", "../../../../../../top, top", "deep/../vmlinuz-5, boot/vmlinuz-5", "/, ''", ".., ''", "., boot",
        "/../../boot/deep, boot/deep", "//top, top"})
    void followsALinkAsUnderChroot(String target, String found) throws IOException {
        link("boot/link", target);
        assertEquals(mount.resolve(found), ChrootPath.resolve(mount, "/boot/link"));
    }

    @Test
    void followsALinkToADirectoryAndContinuesThere() throws IOException {
        link("kernels", "/boot");
        link("boot/deep/up", "../..");
        assertEquals(mount.resolve("boot/vmlinuz-5"), ChrootPath.resolve(mount, "/kernels/vmlinuz-5"));
        assertEquals(mount.resolve("boot/vmlinuz-5"), ChrootPath.resolve(mount, "/boot/deep/up/kernels/deep/../vmlinuz-5"));
        assertEquals(mount.resolve("top"), ChrootPath.resolve(mount, "/kernels/../top"), "up from where the link leads");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dev/null", "/etc/passwd", "/proc/self/exe", "../../../../../../../../dev/null", "../../secret", "gone"})
    void findsNothingBehindALinkThatOnlyTheHostCouldFollow(String target) throws IOException {
        link("boot/link", target);
        assertNull(ChrootPath.resolve(mount, "/boot/link"));
    }

    @Test
    void findsNothingBehindALinkToTheMountsOwnPathOnTheHost() throws IOException {
        link("link", mount.resolve("top").toString());
        assertNull(ChrootPath.resolve(mount, "/link"));
    }

    @Test
    void staysInsideIfTheFlistHasThatPathToo() throws IOException {
        Files.createDirectories(mount.resolve("dev"));
        Files.createFile(mount.resolve("dev/null"));
        link("link", "/dev/null");
        assertEquals(mount.resolve("dev/null"), ChrootPath.resolve(mount, "/link"));
    }

    @ParameterizedTest
    @CsvSource({"a, /a", "a, a", "a, ./a/x", "boot/b, ../boot/b"})
    void refusesALinkToItself(String name, String target) throws IOException {
        link(name, target);
        assertEquals("more than 40 links",
                assertThrows(IOException.class, () -> ChrootPath.resolve(mount, "/" + name)).getMessage());
    }

    @Test
    void refusesLinksThatLeadToEachOther() throws IOException {
        link("a", "b");
        link("b", "/a");
        assertThrows(IOException.class, () -> ChrootPath.resolve(mount, "/a"));
    }

    @Test
    void follows40LinksAndNoMore() throws IOException {
        link("l1", "top");
        for (int i = 2; i <= 41; i++) {
            link("l" + i, "l" + (i - 1));
        }
        assertEquals(mount.resolve("top"), ChrootPath.resolve(mount, "/l40"));
        assertThrows(IOException.class, () -> ChrootPath.resolve(mount, "/l41"));
    }

    @Test
    void countsTheLinksOfAllComponentsTogether() throws IOException {
        link("here", ".");
        assertEquals(mount.resolve("top"), ChrootPath.resolve(mount, "/here".repeat(40) + "/top"));
        assertThrows(IOException.class, () -> ChrootPath.resolve(mount, "/here".repeat(41) + "/top"));
    }

    @Test
    void doesNotLookAtLinksOnTheWayToTheMount() throws IOException {
        Path alias = Files.createSymbolicLink(directory.resolve("alias"), mount);
        assertEquals(alias.resolve("top"), ChrootPath.resolve(alias, "/top"));
    }

    /** A file system that fails, such as a FUSE mount whose daemon died, is not an empty one. */
    @Test
    void doesNotTakeAFailureOfTheFileSystemForNothing() {
        assertThrows(IOException.class, () -> ChrootPath.resolve(mount, "/" + "x".repeat(300)));
    }

    /** Links may hold any bytes, those of no character included. */
    @Test
    void findsNothingBehindALinkOfStrangeBytes() throws Exception {
        Process ln = new ProcessBuilder("sh", "-c", "ln -s \"$(printf 'x\\377\\303y')\" link")
                .directory(mount.toFile()).inheritIO().start();
        assertEquals(0, ln.waitFor());
        assertTrue(Files.isSymbolicLink(mount.resolve("link")));
        assertNull(ChrootPath.resolve(mount, "/link"));
    }

    private void link(String name, String target) throws IOException {
        Files.createSymbolicLink(mount.resolve(name), Path.of(target));
    }
}
