package vmtestd.report;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import vmtestd.time.Deadline;

/**
 * Standard output or error that never blocks the threads that print to it, even if nobody reads the pipe or
 * the terminal is stopped. A thread of its own writes the lines, in their order. Lines that do not fit into
 * its bounded queue are dropped; once output flows again, a line reports how many.
 *
 * <p>Text without a line end is queued by {@link #flush()}. It is a frame on a screen, so it is skipped
 * without a word if the output is behind.
 */
public final class NonBlockingOutput extends OutputStream {
    private static final int MAX_BYTES = 128 << 10;
    /** The output is behind if more than this waits to be written. */
    private static final int BEHIND = 4096;
    /** An array's header and its place in the queue. */
    private static final int OVERHEAD = 24;
    private static final byte[] NOTHING = {};
    /** Marks where lines are missing. The queue takes nothing more until the marker is at its head. */
    private static final byte[] GAP = {};

    private final OutputStream target;
    private final Thread writer;
    /** Whole lines, several in one array if they were printed together. The head is being written. */
    private final Queue<byte[]> queue = new ArrayDeque<>();
    private int bytes;
    private long dropped;
    private byte[] unfinished = NOTHING;
    /** The last reason why something was not written; null for none. */
    private Throwable failure;

    /** @param name of the thread, which starts when the first line is printed */
    public NonBlockingOutput(OutputStream target, String name) {
        this.target = target;
        writer = new Thread(this::writeAll, name);
        writer.setDaemon(true);
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    /** A PrintStream passes a line of more than 8 KiB in pieces. How long it can be is up to who prints it. */
    @Override
    public synchronized void write(byte[] text, int from, int length) {
        int end = from + length;
        int lineEnd = end;
        while (lineEnd > from && text[lineEnd - 1] != '\n') {
            lineEnd--;
        }
        if (lineEnd > from) {
            byte[] lines = join(unfinished, text, from, lineEnd);
            unfinished = NOTHING;
            offer(lines);
        }
        if (lineEnd < end) {
            unfinished = join(unfinished, text, lineEnd, end);
        }
    }

    @Override
    public synchronized void flush() {
        byte[] frame = unfinished;
        unfinished = NOTHING;
        if (frame.length > 0 && bytes < BEHIND) {
            offer(frame);
        }
    }

    /**
     * Waits until everything has been written.
     *
     * @return why something was not, or an empty string
     */
    public synchronized String awaitWritten(Deadline deadline) throws InterruptedException {
        flush();
        while (!queue.isEmpty()) {
            long left = deadline.remaining().toMillis();
            if (left <= 0) {
                return "nobody reads it";
            }
            wait(left);
        }
        return failure == null ? "" : failure instanceof IOException ? failure.getMessage() : failure.toString();
    }

    private void offer(byte[] lines) {
        // An empty queue takes anything: --status --json is one long line.
        if (dropped > 0 || bytes > 0 && bytes + lines.length > MAX_BYTES) {
            if (dropped == 0) {
                queue.add(GAP);
                failure = new IOException("it was not read in time");
            }
            dropped += count(lines);
            return;
        }
        queue.add(lines);
        bytes += lines.length + OVERHEAD;
        notifyAll();
        if (writer.getState() == Thread.State.NEW) {
            writer.start();
        }
    }

    private void writeAll() {
        long lost = 0;
        String torn = "";
        while (true) {
            byte[] lines = head();
            lost += lines == GAP ? takeDropped() : 0;
            try {
                if (lost > 0) {
                    target.write(notice(torn, lost));
                    lost = 0;
                    torn = "";
                }
                target.write(lines);
            } catch (IOException | RuntimeException | Error e) {
                // Tried again with the next lines: a full disk may have room by then.
                lost += count(lines);
                torn = "\n";
                setFailure(e);
            }
            remove();
        }
    }

    private synchronized byte[] head() {
        try {
            while (queue.isEmpty()) {
                wait();
            }
            return queue.element();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    private synchronized void remove() {
        byte[] lines = queue.remove();
        bytes -= lines == GAP ? 0 : lines.length + OVERHEAD;
        notifyAll();
    }

    private synchronized long takeDropped() {
        long lines = dropped;
        dropped = 0;
        return lines;
    }

    private synchronized void setFailure(Throwable e) {
        failure = e;
    }

    /** As a line of the log. Part of a line that could not be written may stand before it. */
    private static byte[] notice(String torn, long lines) {
        String words = lines + (lines == 1 ? " line was dropped" : " lines were dropped");
        return (torn + new Log.LineFormatter().format(new LogRecord(Level.WARNING, words)) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static int count(byte[] lines) {
        int count = 0;
        for (byte b : lines) {
            count += b == '\n' ? 1 : 0;
        }
        return count;
    }

    private static byte[] join(byte[] head, byte[] text, int from, int to) {
        byte[] joined = Arrays.copyOf(head, head.length + to - from);
        System.arraycopy(text, from, joined, head.length, to - from);
        return joined;
    }
}
