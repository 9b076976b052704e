package vmtestd.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.node.ProcFs.VmProcess;

@Timeout(60)
class SerialConsoleTest {
    private static final VmProcess HYPERVISOR = new VmProcess("cloud-hypervisor", 20, 120);

    @TempDir
    Path directory;

    private FakeProc fake;
    private Path pty;
    private SerialConsole console;

    @BeforeEach
    void create() throws IOException {
        fake = new FakeProc(directory.resolve("proc"));
        fake.hypervisor(20, "test-vm-1");
        fake.open(20, 1, 02001, 28);
        fake.write("20/fdinfo/7", "pos:\t0\nflags:\t02100002\nmnt_id:\t26\nino:\t2\ntty-index:\t3\n");
        pty = Files.createDirectories(directory.resolve("proc/20/root/dev/pts")).resolve("3");
        console = new SerialConsole(new ProcFs(fake.proc));
    }

    /** Whatever the test did, the child that read the console has ended. */
    @AfterEach
    void noChildIsLeft() {
        assertFalse(ProcessHandle.current().children()
                .anyMatch(child -> List.of(child.info().arguments().orElse(new String[0])).contains(pty.toString())));
    }

    @Test
    void theLastLinesAreReturned() throws Exception {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= 100; i++) {
            text.append("[    0.").append(i).append("] line\r\r\n\n");
        }
        Files.writeString(pty, text + "/ # ");
        List<String> lines = console.tail(HYPERVISOR);
        assertEquals(40, lines.size());
        assertEquals("[    0.62] line", lines.get(0));
        assertEquals("/ # ", lines.get(39));
    }

    /** The end of a process, even by SIGKILL, closes its end of the pipe. */
    @Test
    void theReadingEndsWithTheProcessThatStartedIt() throws Exception {
        assertEquals(0, new ProcessBuilder("mkfifo", pty.toString()).start().waitFor());
        Process reader = new ProcessBuilder("sh", "-c", SerialConsole.READ, pty.toString()).start();
        // The two that read: the console, and the end of this process.
        List<ProcessHandle> children = List.of();
        while (children.size() < 2 && reader.isAlive()) {
            Thread.onSpinWait();
            children = reader.descendants().toList();
        }
        reader.getOutputStream().close();
        assertTrue(reader.waitFor(30, TimeUnit.SECONDS));
        for (ProcessHandle child : children) {
            child.onExit().get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void theReasonOfAPanicIsKeptAboveTheEndOfItsTrace() throws Exception {
        Files.writeString(pty, "boot\n[ 1.0] Kernel panic - not syncing: VFS\n" + "[ 1.1] trace\n".repeat(60) + "Rebooting in 1 seconds..\n");
        List<String> lines = console.tail(HYPERVISOR);
        assertEquals(40, lines.size());
        assertEquals("[ 1.0] Kernel panic - not syncing: VFS", lines.get(0));
        assertEquals("[ 1.1] trace", lines.get(1));
        assertEquals("Rebooting in 1 seconds..", lines.get(39));
        Files.writeString(pty, "Kernel panic\n" + "x".repeat(2000) + "\n" + "y".repeat(1000) + "\n" + "z".repeat(1000) + "\n" + "w".repeat(1000) + "\n"
                + "v".repeat(1000));
        assertEquals(List.of('K', 'y', 'z', 'w', 'v'), console.tail(HYPERVISOR).stream().map(line -> line.charAt(0)).toList());
    }

    @Test
    void theEndOfALongConsoleIsKept() throws Exception {
        Files.writeString(pty, "x\n".repeat(400_000) + "Kernel panic - not syncing\n");
        List<String> lines = console.tail(HYPERVISOR);
        assertEquals("x", lines.get(0));
        assertEquals("Kernel panic - not syncing", lines.get(39));
    }

    @Test
    void aConsoleThatIsSilentOrNeverEndsIsReadForTwoSeconds() throws Exception {
        fifo();
        long begin = System.nanoTime();
        assertEquals(List.of(), console.tail(HYPERVISOR));
        assertTrue(Duration.ofNanos(System.nanoTime() - begin).compareTo(Duration.ofSeconds(2)) >= 0);

        Process flood = new ProcessBuilder("sh", "-c", "exec yes 'one line' >\"$0\"", pty.toString()).start();
        try {
            List<String> lines = console.tail(HYPERVISOR);
            assertEquals(40, lines.size());
            assertEquals("one line", lines.get(20));
        } finally {
            flood.destroyForcibly().waitFor();
        }
    }

    @Test
    void anInterruptEndsIt() throws Exception {
        fifo();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> console.tail(HYPERVISOR));
    }

    @Test
    void aHypervisorThatHasEndedOrHasNoPtyHasNoConsole() throws Exception {
        Files.writeString(pty, "of another VM\n");
        assertEquals(List.of(), console.tail(new VmProcess("cloud-hypervisor", 20, 119)));
        fake.open(20, 7, 02, 26);
        assertEquals(List.of(), console.tail(HYPERVISOR));
    }

    @Test
    void escapeSequencesAndControlCharactersAreRemoved() {
        assertEquals(List.of("red plain"), SerialConsole.lines("\033[1;31mred\033[0m \033[?25h\0337pl\033(Bain\033\007\b\000"));
        assertEquals(List.of("after"), SerialConsole.lines("\033]0;title\007\033P1$r\033\\\033_x\233y\234after"));
        assertEquals(List.of("ok"), SerialConsole.lines("\033[999;999H\033[2J\033cok\033"));
        assertEquals(List.of("next line"), SerialConsole.lines("\033]0;an unfinished title\nnext line"), "a line break ends it");
        assertEquals(List.of("ab c", "d", "e"), SerialConsole.lines("a\u202eb\tc\u2028\ud800\n\n \t\r\nd\re\n"));
        assertEquals(List.of("grün ● 🙂"), SerialConsole.lines("grün ● 🙂"));
        assertEquals(List.of(), SerialConsole.lines(""));
    }

    @Test
    void theTextIsAtMost4KiB() {
        List<String> lines = SerialConsole.lines("first\n" + "🙂".repeat(100_000) + "\n");
        assertEquals(List.of("🙂".repeat(1023)), lines);
        assertEquals(40, SerialConsole.lines(("y".repeat(101) + "\n").repeat(60)).size());
        assertEquals(20, SerialConsole.lines(("y".repeat(203) + "\n").repeat(60)).size());
    }

    @Test
    void hostileTextIsHarmless() {
        Random random = new Random(1);
        byte[] bytes = new byte[64 << 10];
        String special = "\033[]P;\n\007\\0?";
        for (int i = 0; i < 60; i++) {
            random.nextBytes(bytes);
            for (int j = 0; j < bytes.length; j += 1 + random.nextInt(8)) {
                bytes[j] = (byte) special.charAt(random.nextInt(special.length()));
            }
            List<String> lines = SerialConsole.lines(new String(bytes, StandardCharsets.UTF_8));
            int size = 0;
            for (String line : lines) {
                size += line.getBytes(StandardCharsets.UTF_8).length + 1;
                assertTrue(line.codePoints().noneMatch(Character::isISOControl), line);
            }
            assertTrue(lines.size() <= 40 && size <= 4096);
        }
        for (String repeated : List.of("\033[", "\033]", "\033[0;", "\033P\033", "\n", "\r \n", "\233")) {
            assertTrue(SerialConsole.lines(repeated.repeat(64 << 10)).size() <= 40);
        }
    }

    private void fifo() throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder("mkfifo", pty.toString()).start().waitFor());
    }
}
