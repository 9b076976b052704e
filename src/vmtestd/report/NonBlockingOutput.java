package vmtestd.report;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import vmtestd.time.Deadline;

/**
 * Standard output or error that never blocks the threads that print to it, even if nobody reads the pipe or the
 * terminal is stopped. A background thread writes the text in order. Its queue is bounded: lines that do not fit are
 * dropped until the queue is empty, and a line of the log then reports how many.
 *
 * <p>Text without a line end is queued by {@link #flush()}. It is a frame on a screen and is skipped, uncounted, if
 * the output is behind.
 */
public final class NonBlockingOutput extends OutputStream {
    private static final int MAX_BYTES = 128 << 10;
    /** The output is behind if more than this is queued. */
    private static final int BEHIND = 4096;
    /** The memory that a queued text takes besides its bytes. */
    private static final int OVERHEAD = 100;

    private final OutputStream target;
    private final Executor writer;
    /** Printed since the last line end or flush. */
    private final ByteArrayOutputStream unfinished = new ByteArrayOutputStream();
    /** In bytes, including the text that is being written. */
    private int queued;
    /** Lines that were dropped or could not be written, and are not reported yet. */
    private long dropped;
    /** Whether the last write failed, perhaps in the middle of a line. */
    private boolean torn;
    private String failure = "";

    /** @param name the name of the thread, which starts when the first line is printed */
    public NonBlockingOutput(OutputStream target, String name) {
        this.target = target;
        writer = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    /** A PrintStream passes a line of more than 8 KiB in several pieces; they are queued as one. */
    @Override
    public synchronized void write(byte[] text, int from, int length) {
        unfinished.write(text, from, length);
        if (length > 0 && text[from + length - 1] == '\n') {
            offer(MAX_BYTES);
        }
    }

    @Override
    public synchronized void flush() {
        if (unfinished.size() > 0) {
            offer(BEHIND);
        }
    }

    /**
     * Waits until everything has been written.
     *
     * @return why something was not written, or an empty string
     */
    public synchronized String awaitWritten(Deadline deadline) throws InterruptedException {
        flush();
        while (queued > 0 && !deadline.expired()) {
            wait(Math.max(1, deadline.nextWait()));
        }
        return queued > 0 ? "nobody reads it" : failure;
    }

    private void offer(int max) {
        byte[] text = unfinished.toByteArray();
        unfinished.reset();
        // An empty queue accepts any length: --status --json is one long line.
        if (queued == 0 || dropped == 0 && queued + text.length <= max) {
            reportDropped();
            enqueue(text, countLines(text));
        } else if (countLines(text) > 0) {
            dropped += countLines(text);
            failure = "it was not read in time";
        }
    }

    private void reportDropped() {
        if (dropped > 0) {
            String words = dropped + (dropped == 1 ? " line was dropped" : " lines were dropped");
            enqueue(((torn ? "\n" : "") + Log.format(new LogRecord(Level.WARNING, words)) + "\n").getBytes(StandardCharsets.UTF_8), dropped);
            dropped = 0;
        }
    }

    /** @param lines how many are lost if the text cannot be written: its own, or those that it reports as dropped */
    private void enqueue(byte[] text, long lines) {
        // Fails if there can be no thread.
        writer.execute(() -> write(text, lines));
        queued += text.length + OVERHEAD;
    }

    private void write(byte[] text, long lines) {
        String error = "";
        try {
            target.write(text);
        } catch (IOException | RuntimeException | Error e) {
            error = String.valueOf(e.getMessage());
        }
        synchronized (this) {
            queued -= text.length + OVERHEAD;
            torn = !error.isEmpty();
            if (torn) {
                // Reported with the next line: a full disk may have room by then.
                dropped += lines;
                failure = error;
            } else if (queued == 0) {
                reportDropped();
            }
            notifyAll();
        }
    }

    private static int countLines(byte[] text) {
        int lines = 0;
        for (byte b : text) {
            lines += b == '\n' ? 1 : 0;
        }
        return lines;
    }
}
