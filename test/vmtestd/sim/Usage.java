package vmtestd.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** What this process uses, and what must not grow. */
public record Usage(int descriptors, int threads, long heap) {
    public static Usage now() throws IOException {
        long heap = Long.MAX_VALUE;
        // More than once: objects with a cleaner are freed by the second collection.
        for (int i = 0; i < 3; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            heap = Math.min(heap, runtime.totalMemory() - runtime.freeMemory());
        }
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return new Usage((int) open.count(), countThreads(), heap);
        }
    }

    /** As {@link #now}, once there are no more threads than before, or after 10 s: one that has done its work may still be ending. */
    public static Usage after(Usage before) throws IOException, InterruptedException {
        for (int tenths = 0; tenths < 100 && countThreads() > before.threads; tenths++) {
            Thread.sleep(100);
        }
        return now();
    }

    /** The test runner has threads of its own, and may start one at any time. */
    private static int countThreads() {
        Thread[] all = new Thread[Thread.activeCount() + 100];
        int count = Thread.enumerate(all);
        return (int) Arrays.stream(all, 0, count).filter(thread -> !thread.getName().startsWith("ForkJoinPool")).count();
    }

    @Override
    public String toString() {
        return descriptors + " descriptors, " + threads + " threads, " + heap / 1024 + " KiB of heap";
    }
}
