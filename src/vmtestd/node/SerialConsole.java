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
public record SerialConsole(ProcFs proc) {
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

    /**
     * Returns the end of what the guest has written since the console was last read, within little more than 2 s.
     *
     * @return at most 40 lines and 4 KiB, without escape sequences, control characters and blank lines; empty if the
     *     hypervisor has ended or has no pty
     * @throws IOException if the child process cannot be started, or the hypervisor's files cannot be read
     */
    public List<String> tail(VmProcess hypervisor) throws IOException, InterruptedException {
        String index = index(hypervisor);
        // Otherwise the pty could be another VM's by now.
        return index.isEmpty() || !proc.isAlive(hypervisor) ? List.of()
                : lines(read(proc.proc() + "/" + hypervisor.pid() + "/root/dev/pts/" + index));
    }

    /** Returns the number of the hypervisor's pty; empty if it has none. */
    private String index(VmProcess hypervisor) throws IOException {
        String directory = hypervisor.pid() + "/fdinfo";
        for (String fd : proc.list(directory)) {
            // Only the fdinfo of a pty's master side has this line.
            String index = ProcFs.field(proc.read(directory + "/" + fd), "tty-index:");
            if (!index.isEmpty()) {
                return index;
            }
        }
        return "";
    }

    /** Reads a pty until it is silent. It has no end. */
    private String read(String pty) throws IOException, InterruptedException {
        Process child = new ProcessBuilder("sh", "-c", READ, pty).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        // A child takes real time, whatever clock a run is on.
        Clock clock = Clock.system();
        try (InputStream in = child.getInputStream()) {
            byte[] bytes = new byte[MAX_BYTES];
            int length = 0;
            Deadline end = Deadline.in(clock, LONGEST);
            Deadline silence = end;
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
        // The stack trace after the reason for a kernel panic may be longer than what is returned.
        String panic = "";
        for (String line : all) {
            panic = line.contains("Kernel panic") ? printable(line) : panic;
        }
        int room = MAX_TEXT - size(panic);
        for (int i = all.length - 1; i >= 0 && room >= 0 && lines.size() < MAX_LINES; i--) {
            String line = printable(all[i]);
            room -= line.isBlank() ? 0 : size(line);
            if (!line.isBlank() && room >= 0) {
                lines.addFirst(line);
            }
        }
        if (!panic.isEmpty() && !lines.contains(panic)) {
            if (lines.size() == MAX_LINES) {
                lines.removeFirst();
            }
            lines.addFirst(panic);
        }
        return lines;
    }

    private static int size(String line) {
        return line.isEmpty() ? 0 : line.getBytes(StandardCharsets.UTF_8).length + 1;
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
