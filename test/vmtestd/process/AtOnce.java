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
 * Tests that mostly wait, for an interval to pass or a process to start: so they are begun all at once.
 * Each is a test of its own, in a folder of its own.
 */
public final class AtOnce {
    private static final long PATIENCE_S = 180;

    /** What a test does, in its folder. */
    public interface Body {
        void run(Path home) throws Exception;
    }

    private final Path folder;
    private final List<DynamicTest> tests = new ArrayList<>();

    /** @param folder what the tests' own folders are made in */
    public AtOnce(Path folder) {
        this.folder = folder;
    }

    public AtOnce begin(String name, Body body) throws IOException {
        // In short: the path of a socket in it has 106 bytes at most.
        Path home = Files.createTempDirectory(folder, "h");
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
