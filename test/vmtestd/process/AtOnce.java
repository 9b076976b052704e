package vmtestd.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Tests that mostly wait, for an interval to pass or a process to start, and so run side by side. Each has its own directory.
 */
public final class AtOnce {
    private static final long PATIENCE_S = 180;

    /** A test, which gets its directory. */
    public interface Body {
        void run(Path home) throws Exception;
    }

    private final Path directory;
    private final List<DynamicTest> tests = new ArrayList<>();

    /** @param directory the parent of the tests' directories */
    public AtOnce(Path directory) {
        this.directory = directory;
    }

    public AtOnce begin(String name, Body body) throws IOException {
        // A short name: the path of a Unix socket has at most 106 bytes.
        Path home = Files.createTempDirectory(directory, "h");
        FutureTask<Void> task = new FutureTask<>(() -> {
            body.run(home);
            return null;
        });
        new Thread(task, name).start();
        tests.add(DynamicTest.dynamicTest(name, () -> end(task)));
        return this;
    }

    private static void end(FutureTask<Void> task) throws Throwable {
        try {
            task.get(PATIENCE_S, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause();
        } finally {
            task.cancel(true);
        }
    }

    public Stream<DynamicTest> tests() {
        return tests.stream();
    }
}
