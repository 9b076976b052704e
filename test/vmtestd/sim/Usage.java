package vmtestd.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
            return new Usage((int) open.count(), Thread.activeCount(), heap);
        }
    }

    @Override
    public String toString() {
        return descriptors + " descriptors, " + threads + " threads, " + heap / 1024 + " KiB of heap";
    }
}
