package vmtestd.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import vmtestd.node.ProcFs.VmProcess;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

/**
 * The serial console of a guest: a pty, for which the hypervisor keeps the guest's output until somebody opens it. What
 * was read once is gone.
 *
 * <p>A child process reads it. This process may be the leader of a session without a terminal (zinit calls setsid): the
 * pty would become its controlling terminal, and the VM's end a SIGHUP to it.
 */
public final class SerialConsole {
    /** The end of this process ends the shell's input, and so the reading too, even after a SIGKILL. */
    static final String READ = "exec 3<&0; cat \"$0\" & cat=$!; { read -r end <&3; kill $cat; } & wait $cat";
    private static final Duration LONGEST = Duration.ofSeconds(2);
    /** The hypervisor notices within half a second that the pty was opened, and then writes all that it has. */
    private static final Duration SILENCE = Duration.ofMillis(500);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final int MAX_BYTES = 64 << 10;
    private static final int MAX_LINES = 40;
    private static final int MAX_TEXT = 4096;
    /** In characters, of at most 4 bytes each. With its line break, a line fits into {@link #MAX_TEXT}. */
    private static final int MAX_LINE = MAX_TEXT / 4 - 1;
    /** CSI sequences, strings up to their end or the end of the line (titles, device control), other escapes. */
    private static final Pattern ESCAPE = Pattern.compile("(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]?"
            + "|\\x1b[\\]PX^_][^\\x00-\\x1f\\x9c]*(?:\\x07|\\x9c|\\x1b\\\\)?"
            + "|\\x1b[ -/]*[0-~]?");

    private final ProcFs proc;
    private final Clock clock;

    public SerialConsole(ProcFs proc, Clock clock) {
        this.proc = proc;
        this.clock = clock;
    }

    /**
     * Returns the end of what the guest has written since the console was last read, within little more than 2 s.
     *
     * @return at most 40 lines and 4 KiB, without escape sequences, control characters and blank lines; empty if the
     *     hypervisor has ended or has no pty
     * @throws IOException if the child process cannot be started, or the hypervisor's files cannot be read
     */
    public List<String> tail(VmProcess hypervisor) throws IOException, InterruptedException {
        String index = "";
        try {
            index = index(hypervisor);
        } catch (IOException e) {
            if (proc.isAlive(hypervisor)) {
                throw e;
            }
        }
        // Otherwise the pty could be another VM's by now.
        return index.isEmpty() || !proc.isAlive(hypervisor) ? List.of() : lines(read(proc.path(hypervisor.pid() + "/root/dev/pts/" + index)));
    }

    /** Returns the number of the hypervisor's pty; empty if it has none. */
    private String index(VmProcess hypervisor) throws IOException {
        String directory = hypervisor.pid() + "/fdinfo";
        for (String fd : proc.list(directory)) {
            // Only the fdinfo of a pty's master side has this line.
            String info = proc.read(directory + "/" + fd);
            String index = info == null ? "" : ProcFs.field(info, "tty-index:");
            if (!index.isEmpty()) {
                return index;
            }
        }
        return "";
    }

    /** Reads a pty until it is silent. It has no end. */
    private String read(String pty) throws IOException, InterruptedException {
        Process child = new ProcessBuilder("sh", "-c", READ, pty).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (InputStream in = child.getInputStream()) {
            byte[] bytes = new byte[MAX_BYTES];
            int length = 0;
            Deadline end = Deadline.in(clock, LONGEST);
            Deadline silence = end;
            boolean ended = false;
            while (!silence.expired() && !end.expired()) {
                int available = in.available();
                if (available > 0) {
                    if (length == bytes.length) {
                        length /= 2;
                        System.arraycopy(bytes, length, bytes, 0, length);
                    }
                    length += Math.max(0, in.read(bytes, length, Math.min(available, bytes.length - length)));
                    silence = Deadline.in(clock, SILENCE);
                } else {
                    if (!ended && !child.isAlive()) {
                        ended = true;
                        // The JDK takes the rest of the output at the end of a process; until then none is available.
                        silence = Deadline.in(clock, SILENCE);
                    }
                    clock.sleep(POLL);
                }
            }
            return new String(bytes, 0, length, StandardCharsets.UTF_8);
        } finally {
            child.getOutputStream().close();
            if (!child.waitFor(1, TimeUnit.SECONDS)) {
                child.destroyForcibly();
            }
        }
    }

    /** Returns the last lines of a text that may hold anything. */
    static List<String> lines(String text) {
        LinkedList<String> lines = new LinkedList<>();
        String[] all = ESCAPE.matcher(text).replaceAll("").split("[\r\n]+");
        int room = MAX_TEXT;
        for (int i = all.length - 1; i >= 0 && lines.size() < MAX_LINES; i--) {
            String line = printable(all[i]);
            if (!line.isBlank()) {
                room -= line.getBytes(StandardCharsets.UTF_8).length + 1;
                if (room < 0) {
                    break;
                }
                lines.addFirst(line);
            }
        }
        String panic = panic(all);
        if (!panic.isEmpty() && !lines.contains(panic)) {
            room -= panic.getBytes(StandardCharsets.UTF_8).length + 1;
            while (lines.size() == MAX_LINES || room < 0) {
                room += lines.removeFirst().getBytes(StandardCharsets.UTF_8).length + 1;
            }
            lines.addFirst(panic);
        }
        return lines;
    }

    /** Returns the line with the reason for a kernel panic. The stack trace after it may be longer than what is returned. */
    private static String panic(String[] lines) {
        for (int i = lines.length - 1; i >= 0; i--) {
            if (lines[i].contains("Kernel panic")) {
                return printable(lines[i]);
            }
        }
        return "";
    }

    /** Returns the end of a line without characters that are invisible or change how others are shown. */
    private static String printable(String line) {
        StringBuilder shown = new StringBuilder();
        int length = line.codePointCount(0, line.length());
        int[] characters = line.codePoints().skip(Math.max(0, length - MAX_LINE)).toArray();
        for (int c : characters) {
            switch (Character.getType(c)) {
                case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
                        Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> shown.append(c == '\t' ? " " : "");
                default -> shown.appendCodePoint(c);
            }
        }
        return shown.toString();
    }
}
