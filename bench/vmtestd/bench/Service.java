package vmtestd.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import vmtestd.process.RealRedis;
import vmtestd.sim.SimNode;

/** The service on a simulated node of its own, doing so many runs and then none. */
final class Service implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 280_000;

    private final RealRedis redis;
    private final SimNode node;
    private final Jvm jvm;
    private int passed;
    private String trouble;
    private String lastLine = "";

    Service(Path image, Path folder, int runs, List<String> options) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        redis = new RealRedis(folder);
        node = new SimNode(redis.url(), folder);
        List<String> arguments = new ArrayList<>(options);
        arguments.addAll(List.of("-m", "vmtestd/vmtestd.RunsThenIdle", Integer.toString(runs),
                "--broker", redis.url(), "--root", folder.resolve("root").toString(), "--interval", "1h", "--wait", "0s"));
        jvm = new Jvm(image, arguments, this::line);
    }

    Jvm jvm() {
        return jvm;
    }

    synchronized int passed() {
        return passed;
    }

    private synchronized void line(String line) {
        lastLine = line;
        if (line.contains(" vm test passed ")) {
            passed++;
            // The node remembers each call of a run.
            node.newRun();
        } else if (!line.contains(" info ")) {
            trouble = line;
        }
        notifyAll();
    }

    /** Waits until so many runs have passed. */
    synchronized void await(int runs) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (passed < runs) {
            long left = (until - System.nanoTime()) / 1_000_000;
            if (left <= 0 || trouble != null) {
                throw new IllegalStateException(passed + " of " + runs + " runs: " + (trouble == null ? lastLine : trouble));
            }
            wait(left);
        }
    }

    @Override
    public void close() {
        jvm.close();
        node.close();
        redis.close();
    }
}
