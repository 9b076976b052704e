package vmtestd.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;

@Timeout(60)
class NonBlockingOutputTest {
    /** 1 KiB, so that some 130 of them fill the queue. */
    private static final String LONG = "x".repeat(1000);

    /** A pipe that nobody reads until it is opened. While it is full, three characters of a write succeed. */
    private static final class Pipe extends OutputStream {
        private final CountDownLatch writing = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);
        private final ByteArrayOutputStream read = new ByteArrayOutputStream();
        private volatile boolean full;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] b, int off, int len) throws IOException {
            writing.countDown();
            try {
                open.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            if (full) {
                read.write(b, off, Math.min(3, len));
                throw new IOException("No space left on device");
            }
            read.write(b, off, len);
        }

        List<String> lines() {
            return read.toString(StandardCharsets.UTF_8).replaceAll("(?m)^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ", "TIME").lines().toList();
        }
    }

    private final Pipe pipe = new Pipe();
    private final NonBlockingOutput output = new NonBlockingOutput(pipe, "output");
    private final PrintStream out = new PrintStream(output, false, StandardCharsets.UTF_8);

    private String awaitWritten(Duration most) throws InterruptedException {
        return output.awaitWritten(Deadline.in(Clock.system(), most));
    }

    private String awaitWritten() throws InterruptedException {
        return awaitWritten(Duration.ofSeconds(50));
    }

    @Test
    void writesAllLinesInTheirOrder() throws InterruptedException {
        pipe.open.countDown();
        List<String> lines = IntStream.range(0, 1000).mapToObj(i -> "line " + i + " \u4e16").toList();
        for (String line : lines) {
            out.println(line);
            // This is about order: nothing may be dropped.
            assertEquals("", awaitWritten());
        }
        assertEquals(lines, pipe.lines());
    }

    @Test
    void dropsWhatDoesNotFitAndCountsItOnceOutputFlowsAgain() throws InterruptedException {
        out.println("first");
        pipe.writing.await();
        for (int i = 0; i < 500; i++) {
            out.println(LONG);
        }
        assertEquals("nobody reads it", awaitWritten(Duration.ZERO));
        pipe.open.countDown();
        assertEquals("it was not read in time", awaitWritten());
        out.println("last");
        awaitWritten();
        List<String> lines = pipe.lines();
        int kept = lines.size() - 3;
        assertTrue(kept > 100 && kept < 131, () -> "kept " + kept);
        assertEquals("first", lines.get(0));
        assertEquals(LONG, lines.get(kept));
        assertEquals(List.of("TIME warn " + (500 - kept) + " lines were dropped", "last"), lines.subList(kept + 1, kept + 3));
    }

    /** A line is written whole or not at all, even one that a PrintStream passes in pieces. */
    @Test
    void dropsALongLineWhole() throws InterruptedException {
        out.println("first");
        pipe.writing.await();
        String longer = "y".repeat(100_000);
        out.println(longer);
        out.println(longer);
        out.print("two\nlines\n");
        pipe.open.countDown();
        awaitWritten();
        assertEquals(List.of("first", longer, "TIME warn 3 lines were dropped"), pipe.lines());
    }

    @Test
    void anEmptyQueueAcceptsALineOfAnyLength() throws InterruptedException {
        pipe.open.countDown();
        String longest = "z".repeat(1_000_000);
        out.print(longest);
        assertEquals("", awaitWritten());
        assertEquals(List.of(longest), pipe.lines());
    }

    @Test
    void skipsFramesWhileTheOutputIsBehind() throws InterruptedException {
        for (int i = 0; i < 1000; i++) {
            out.print("\rframe " + i + ".");
            out.flush();
        }
        out.println("\rline");
        pipe.open.countDown();
        assertEquals("", awaitWritten());
        String read = pipe.read.toString(StandardCharsets.UTF_8);
        assertTrue(read.startsWith("\rframe 0.\rframe 1.") && read.endsWith(".\rline\n"), read);
        assertTrue(read.length() < 5000, read);
    }

    @Test
    void triesAgainAfterAFullDiskAndCountsWhatWasLost() throws InterruptedException {
        pipe.open.countDown();
        pipe.full = true;
        out.println("one");
        assertEquals("No space left on device", awaitWritten());
        out.println("two");
        awaitWritten();
        pipe.full = false;
        out.println("three");
        assertEquals("No space left on device", awaitWritten());
        // Three characters of each line and of the second's warning were written. The next line starts a new one.
        assertEquals("one", pipe.lines().get(0));
        assertEquals(List.of("TIME warn 2 lines were dropped", "three"), pipe.lines().subList(pipe.lines().size() - 2, pipe.lines().size()));
    }
}
